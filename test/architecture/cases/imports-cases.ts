import type { RuleCases } from "../rule-cases.js";
import { importRules } from "../rules/import-rules.js";
import { wordRules } from "../rules/word-rules.js";
import { type SourceTree, treeOf } from "../tree/source-tree.js";

const manifests = {
  "packages/core/package.json":
    '{ "name": "@agentbot/core", "exports": { ".": {}, "./process": {} }, "dependencies": { "zod": "1" } }',
  "packages/adapter-x/package.json":
    '{ "name": "@agentbot/adapter-x", "peerDependencies": { "@agentbot/core": "1", "vendor": "1" } }',
};

/** One small violation, or several, for each rule. */
const violations: Record<string, Record<string, string>[]> = {
  "task imports nothing of ours": [{ "packages/core/src/task/a.ts": 'import type { B } from "../ports/b.js";' }],
  "ports hold types of ports and task only: no run-time import, no vendor": [
    { "packages/core/src/ports/a.ts": 'import { b } from "../task/b.js";' },
    { "packages/core/src/ports/a.ts": 'export * from "./b.js";' },
    { "packages/core/src/ports/a.ts": 'import type { B } from "../errors/b.js";' },
    { "packages/core/src/ports/a.ts": 'import type { Pool } from "vendor";' },
    { "packages/core/src/ports/a.ts": 'export type A = import("vendor").Pool;' },
  ],
  "gateway or API and worker, commands or reconciler never import each other": [
    { "packages/core/src/gateway/a.ts": 'import { type B } from "../worker/deep/b.js";' },
    { "packages/core/src/api/deep/a.ts": 'import type { B } from "../../worker/b.js";' },
    { "packages/core/src/worker/a.ts": 'import { b } from "../api/b.js";' },
    { "packages/core/src/worker/deep/a.ts": 'export { b } from "../../gateway/b.js";' },
    { "packages/core/src/commands/a.ts": 'import { b } from "../api/b.js";' },
    { "packages/core/src/gateway/a.ts": 'import { b } from "../reconciler/b.js";' },
  ],
  "only core's entry imports the bot": [{ "packages/core/src/worker/a.ts": 'import type { B } from "../bot/b.js";' }],
  "an entry of core is for users: core itself imports the file behind it": [
    { "packages/core/src/worker/a.ts": 'import { b } from "../index.js";' },
    { "packages/core/src/worker/deep/a.ts": 'import { b } from "../../markdown/index.js";' },
  ],
  "text and Markdown are pure: they import each other, tasks and errors only": [
    { "packages/core/src/markdown/a.ts": 'import type { B } from "../ports/b.js";' },
  ],
  "what runs in production imports no contract suite and no fake": [
    { "packages/core/src/memory/a.ts": 'import "../testing/b.js";' },
    { "packages/adapter-x/src/a.ts": 'import { b } from "@agentbot/core/testing";' },
    { "examples/server/src/a.ts": 'import { b } from "@agentbot/test-services";' },
  ],
  "a package reaches another one by its name and its exports, never by a path": [
    { "packages/adapter-x/src/a.ts": 'import { b } from "../../core/src/index.js";' },
  ],
  "a package of ours imports no other one but @agentbot/core": [
    { "packages/adapter-x/src/a.ts": 'import { b } from "@agentbot/adapter-y";' },
    { "packages/core/src/worker/a.ts": 'await import("@agentbot/adapter-y");' },
  ],
  "core never imports itself by its name": [{ "packages/core/src/worker/a.ts": 'import { b } from "@agentbot/core";' }],
  "an import from @agentbot is one of the package's exports": [
    { "packages/adapter-x/src/a.ts": 'import { b } from "@agentbot/core/src/worker/b.js";' },
  ],
  "what a package imports is one of its dependencies or of Node": [
    { "packages/adapter-x/src/a.ts": 'import zod from "zod";' },
    { "packages/core/src/worker/a.ts": 'const lodash = require("lodash/fp");' },
  ],
  "Node's modules are imported as node:": [{ "packages/core/src/worker/a.ts": 'import { join } from "path";' }],
  "child processes are started by core's process and by workspace-git's git only": [
    { "packages/adapter-x/src/a.ts": 'import { spawn } from "node:child_process";' },
    { "packages/workspace-git/src/commit/a.ts": 'import { spawn } from "child_process";' },
  ],
  "no files import each other in a circle": [
    {
      "packages/adapter-x/src/a.ts": 'import { b } from "./b.js";',
      "packages/adapter-x/src/b.ts": 'import { c } from "./c.js";',
      "packages/adapter-x/src/c.ts": 'import { a } from "./a.js";',
    },
  ],
  "no folders of core import each other in a circle": [
    {
      "packages/core/src/events/a.ts": 'import { b } from "../budget/b.js";',
      "packages/core/src/budget/c.ts": 'import { d } from "../events/d.js";',
    },
  ],
  "core names no provider and no adapter": [
    { "packages/core/src/worker/a.ts": 'if (task.origin.provider === "github") react();' },
    { "packages/core/src/worker/a.ts": "const redisClient = null;" },
    { "packages/core/src/worker/a.ts": "const url = `https://api.github.com/" + "${" + "path}`;" },
  ],
  "the environment is read in examples and the CLI only": [
    { "packages/core/src/worker/a.ts": "const port = process.env.PORT;" },
    { "packages/core/src/worker/a.ts": "const { env } = process;" },
    { "packages/core/src/worker/a.ts": 'import { env } from "node:process";' },
    { "packages/core/src/worker/a.ts": 'const port = process["env"].PORT;' },
  ],
};

const allowed = treeOf({
  ...manifests,
  "packages/core/src/task/a.ts": 'import { z } from "zod";\nimport { b } from "./b.js";',
  "packages/core/src/ports/a.ts": 'import type { B } from "../task/b.js";\nexport interface A { b: B }',
  "packages/core/src/process/a.ts": 'import { spawn } from "node:child_process";',
  "packages/core/src/worker/a.ts":
    '/** As on GitHub. {@link github} */\n// redis\nimport type { B } from "../events/b.js";',
  "packages/core/src/events/b.ts": 'import type { A } from "../worker/a.js";',
  "packages/adapter-x/src/a.ts":
    'import { b } from "@agentbot/core/process";\nimport vendor from "vendor/sub";\nconst text = "process.env";',
  "examples/server/src/main.ts": "const port = process.env.PORT;",
});

const treesOf = (texts: readonly Record<string, string>[]): readonly SourceTree[] =>
  texts.map((one) => treeOf({ ...manifests, ...one }));

export const importsCases: RuleCases = {
  rules: [...importRules, ...wordRules],
  violations: Object.fromEntries(Object.entries(violations).map(([name, texts]) => [name, treesOf(texts)])),
  allowed,
};
