import type { RuleCases } from "../rule-cases.js";
import { formRules } from "../rules/form-rules.js";
import { type SourceTree, treeOf } from "../tree/source-tree.js";

const manifest = {
  name: "@agentbot/adapter-x",
  description: "An adapter",
  license: "MIT",
  type: "module",
  sideEffects: false,
  engines: { node: ">=20.19" },
  files: ["dist", "src"],
  exports: { ".": { "agentbot-source": "./src/index.ts", types: "./dist/index.d.ts", default: "./dist/index.js" } },
  peerDependencies: { "@agentbot/core": "^1.0.0" },
};

/** An adapter and a provider in the right form, but for what is given. */
function tree(texts: Record<string, string> = {}, changes: Record<string, unknown> = {}): SourceTree {
  return treeOf({
    "packages/adapter-x/package.json": JSON.stringify({ ...manifest, ...changes }),
    "packages/adapter-x/tsup.config.ts": 'export default { entry: ["src/index.ts"] };',
    "packages/adapter-x/src/index.ts": 'export * from "./create-x-store.js";',
    "packages/adapter-x/src/create-x-store.ts": "/** The store on X. */\nexport function createXStore(): Store {}",
    "packages/provider-y/package.json": JSON.stringify({ ...manifest, name: "@agentbot/provider-y" }),
    "packages/provider-y/tsup.config.ts": 'export default { entry: ["src/index.ts"] };',
    "packages/provider-y/src/index.ts": 'export { createYProvider } from "./create-y-provider.js";',
    "packages/provider-y/src/create-y-provider.ts": "/** agentbot on Y. */\nexport function createYProvider() {}",
    "packages/provider-y/src/source/create-y-source.ts": "export function createYSource(): WebhookSource {}",
    "packages/provider-y/src/code-host.ts": "export function createYCodeHost(): CodeHost {}",
    ...texts,
  });
}

const index = "packages/adapter-x/src/index.ts";
const dot = manifest.exports["."];

/** One small violation, or several, for each rule. */
const violations: Record<string, SourceTree[]> = {
  "every package has src/index.ts and tsup.config.ts, and builds what it exports": [
    treeOf({ "packages/adapter-x/package.json": JSON.stringify(manifest), [index]: "" }),
    treeOf({
      "packages/adapter-x/package.json": JSON.stringify(manifest),
      "packages/adapter-x/tsup.config.ts": '"src/index.ts"',
    }),
    tree({ "packages/adapter-x/tsup.config.ts": 'export default { entry: ["src/main.ts"] };' }),
  ],
  "every package is described the same way": [
    tree({}, { name: "@agentbot/x" }),
    tree({}, { license: "ISC" }),
    tree({}, { engines: { node: ">=18" } }),
    tree({}, { sideEffects: undefined }),
    tree({}, { files: ["dist"] }),
  ],
  "every export has its source, its types and its code, in this order": [
    tree(
      {},
      { exports: { ".": { "agentbot-source": dot["agentbot-source"], default: dot.default, types: dot.types } } },
    ),
    tree({}, { exports: { ".": { types: dot.types, default: dot.default } } }),
    tree({}, { exports: { ".": dot, "./testing": dot } }),
  ],
  "core is a peer of every other package, and no package of ours a dependency": [
    tree({}, { peerDependencies: {} }),
    tree({}, { dependencies: { "@agentbot/workspace-git": "1" } }),
  ],
  "an adapter exports create<Vendor><Port>, and factories of no other name": [
    tree({ [index]: "" }),
    tree({ [index]: "/** A store. */\nexport function createStore() {}" }),
    tree({ [index]: "/** X. */\nexport function createXThing() {}" }),
  ],
  "a provider exports create<Vendor>Provider": [
    tree({ "packages/provider-y/src/index.ts": "" }),
    tree({ "packages/provider-y/src/index.ts": "/** Y. */\nexport function createProvider() {}" }),
  ],
  "a role of a provider is made by create<Vendor><Role>, in the file or folder of that role": [
    tree({ "packages/provider-y/src/comments.ts": "export function createYConversation(): Conversation {}" }),
    tree({ "packages/provider-y/src/conversation/comments.ts": "export function createYComments(): Conversation {}" }),
    tree({ "packages/provider-y/src/code-host/host.ts": "function createCodeHost(): CodeHost {}" }),
  ],
  "a role that a provider lacks has no file": [
    tree({ "packages/provider-y/src/install-flow.ts": "export const flow = null;" }),
    tree({ "packages/provider-y/src/conversation/text.ts": "export const text = null;" }),
  ],
  "an entry holds re-exports only": [
    tree({ [index]: 'export * from "./create-x-store.js";\n/** A name. */\nexport const name = "x";' }),
  ],
  "core's own entry exports at most 25 values": [
    treeOf({
      "packages/core/src/index.ts": Array.from({ length: 26 }, (_, n) => `export const v${n} = 1;`).join("\n"),
    }),
  ],
  "everything a package exports says what it is for": [
    tree({ "packages/adapter-x/src/create-x-store.ts": "export function createXStore() {}" }),
    tree({
      "packages/adapter-x/src/create-x-store.ts":
        "/** X. */\nexport function createXStore() {}\nexport type Options = object;",
    }),
    tree({
      [index]: 'export { type Options, createXStore } from "./a.js";',
      "packages/adapter-x/src/a.ts":
        "/** X. */\nfunction createXStore() {}\nconst Options = 1;\nexport { createXStore, Options };",
    }),
  ],
};

export const formCases: RuleCases = { rules: formRules, violations, allowed: tree() };
