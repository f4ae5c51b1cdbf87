import type { RuleCases } from "../rule-cases.js";
import { logRules } from "../rules/log-rules.js";
import { nameRules } from "../rules/name-rules.js";
import { proseRules } from "../rules/prose-rules.js";
import { type SourceTree, treeOf } from "../tree/source-tree.js";

const source = "packages/adapter-x/src/a.ts";
const files = (...texts: readonly string[]): readonly SourceTree[] => texts.map((text) => treeOf({ [source]: text }));

export const wordsCases: RuleCases = {
  rules: [...nameRules, ...proseRules, ...logRules],
  violations: {
    "a declared name is the field's term": files(
      "function askStore() {}",
      "const isTold = true;",
      "interface Doorbell { isRung: boolean }",
      "const { heard } = event;",
      "const sanitiseText = 1;",
      "type WebhookParts = object;",
      "interface Options { retryable: boolean }",
    ),
    "a file's name is the field's term": [
      treeOf({ "packages/adapter-x/src/ask-queue.ts": "" }),
      treeOf({ "packages/adapter-x/src/notice-board.ts": "" }),
      treeOf({ "packages/adapter-x/test/work-cycle.test.ts": "" }),
    ],
    "no comment says only that a type is the arguments of a function": files(
      "/** What {@link createQueue} works with. */\ninterface Options {}",
      "/** What {@link createQueue}\n * takes. */\ninterface Options {}",
    ),
    "no comment says only that a function makes its return type": files(
      "/** Makes a {@link Queue}. */\nfunction createQueue() {}",
      "/** Creates the {@link Queue}. */\nfunction createQueue() {}",
    ),
    "a sentence has a noun as its subject, not What, Who or Whoever": files(
      "// What came back is not to wait behind what was given up.",
      "/** Ends it. Whoever comes later finds it ended. */",
      "/**\n * Ends it.\n *\n * @returns What was left.\n */",
      "// Who pops the first moves it.",
      'throw new Error("What answers there is not a server");',
    ),
    "code is not told, does not say, hear or know": files(
      "// The gateway is told of the end.",
      "// The server says\n// why.",
      'logger.info("The worker heard of the stop");',
      'test("a queue that knows the task", () => {});',
    ),
    "code does not ask code": files("// Asks the store again.", "// It is asked for while asking Redis."),
    "nobody and somebody have a role: caller, another process, a worker that …": files(
      "// Nobody waits for it.",
      "/** Somebody else's lock. */",
      'test("whoever comes first", () => {});',
    ),
    "a negation is 'is not a', not 'is no'": files("// A timeout is no error.", "// The last one is none."),
    "a maximum is 'at most n' or 'the maximum of', not 'so many' or 'so long'": files(
      "/** At most so many entries. */",
      "// Waits so long\n// at most.",
    ),
    "'who' follows the person or is 'that'": files(
      "// It moves by who pops the first.",
      "// It is quick: who waits is woken.",
    ),
    "an example is e.g., not ', say'": files("// An error of the disk, say, ends it."),
    "a log or error text starts with a capital letter": files(
      'throw new AgentBotError("GIT_FAILED", "the repository is gone");',
      "context.logger.warn({ err: error }, `the task failed`);",
      'throw isOld ? new Error("too old") : error;',
    ),
    "a log line carries its error as err": files(
      'logger.warn({ error }, "Lost");',
      'context.logger.error({ host, failure: error }, "Lost");',
    ),
  },
  allowed: treeOf({
    [source]: [
      "/** Returns {@link Queue.stats}: there is no cheaper way, and it is no longer than a line. */",
      "// The person who asked in the thread is the actor; an unknown one is refused.",
      "// `tell` and `somebody` are words of the protocol, e.g. in `ask the store`.",
      "// What is a fence? A number that only grows.",
      "interface Options { isRetryable: boolean; taskId: string }",
      'logger.warn({ err: error, host }, "The connection was lost");',
      'throw new AgentBotError("CONFIGURATION_INVALID", "limit: expected a positive integer");',
      'throw new AgentBotError("CONFIGURATION_INVALID", `Missing`);',
      'const text = "somebody told the store, say, what is no error";',
    ].join("\n"),
    "packages/adapter-x/test/people.ts": "export function ask() {}",
  }),
};
