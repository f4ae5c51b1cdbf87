import type { RuleCases } from "../rule-cases.js";
import { contentRules } from "../rules/content-rules.js";
import { treeOf } from "../tree/source-tree.js";

const source = "packages/adapter-x/src/a.ts";

/** One small violation, or several, for each rule. */
const violations: Record<string, Record<string, string>[]> = {
  "a file is named after its concept, in kebab case, and is no drawer": [
    { "packages/adapter-x/src/utils.ts": "" },
    { "packages/test-services/src/services/redis.ts": "" },
    { "packages/adapter-x/src/helpers/a.ts": "" },
    { "packages/adapter-x/src/string-utils.ts": "" },
    { "packages/adapter-x/src/queue-manager.ts": "" },
    { "packages/adapter-x/src/queue/types.ts": "" },
    { "packages/adapter-x/src/createQueue.ts": "" },
  ],
  "a type is named after its concept: no I…, Base…, …Manager, …Service, …Impl": [
    { [source]: "export interface IQueueBackend {}" },
    { [source]: "class QueueManager {}" },
    { [source]: "abstract class BaseProvider {}" },
    { [source]: "type QueueImpl = object;" },
  ],
  "there is no any": [
    { [source]: "const a: any = 1;" },
    { [source]: "const a = b as unknown as Record<string, any>;" },
  ],
  "there is no non-null assertion": [{ [source]: "const a = b!.c;" }],
  "there is no console in a library": [{ [source]: 'console.log("a");' }, { [source]: "const { log } = console;" }],
  "there is no default export": [
    { [source]: "export default 1;" },
    { [source]: "export default function a() {}" },
    { [source]: "const a = 1; export { a as default };" },
  ],
  "there is no test that is skipped or alone": [
    { "packages/adapter-x/test/a.test.ts": 'test.only("a", () => {});' },
    { "packages/adapter-x/test/a.test.ts": 'describe.skip("a", () => {});' },
    { "packages/adapter-x/test/a.test.ts": 'describe("a", () => { it.todo("b"); });' },
  ],
  "there is no note of work left to do": [
    { [source]: "// TODO later" },
    { [source]: "const a = {\n  b: 1, /* FIXME */\n};" },
  ],
  "an error is expected of the type check in tests only": [{ [source]: "// @ts-expect-error\nconst a: string = 1;" }],
  "there is no comment that silences a check": [
    { [source]: "// @ts-ignore\nconst a: string = 1;" },
    { [source]: "// biome-ignore lint: no\nconst a = 1;" },
  ],
};

const allowed = treeOf({
  [source]: `// many todos were done; any console will do\nconst a = "// TODO any console";`,
  "packages/adapter-x/src/b.ts":
    "export interface InstallFlow {}\nexport interface Idle {}\nexport interface IssueComment {}",
  "packages/adapter-x/src/base-branch.ts": "",
  "packages/test-services/src/find-test-services.ts": "",
  "packages/adapter-x/tsup.config.ts": "export default {};",
  "packages/adapter-x/test/a.test.ts":
    'test.each([1])("a", () => {});\nclient.skip("b");\ntest.runIf(isFull)("c", () => {});',
  "examples/server/src/main.ts": 'console.log("listening");',
});

export const contentCases: RuleCases = {
  rules: contentRules,
  violations: Object.fromEntries(Object.entries(violations).map(([name, texts]) => [name, texts.map(treeOf)])),
  allowed,
};
