import { z } from "zod";
import type { StatusView } from "../../ports/conversation.js";
import type { Logger } from "../../ports/logger.js";
import type { RepositoryRef } from "../../task/repository-ref.js";
import type { ShapeOf } from "../../task/shape-of.js";
import type { Task, TaskResult } from "../../task/task.js";

/** The title and the body of a pull request. */
export interface PullRequestTexts {
  /** One line of plain text; a longer one than 250 UTF-16 units is cut. */
  readonly title: string;
  /** CommonMark; a longer one than 60,000 UTF-16 units is cut. */
  readonly body: string;
}

/** A change whose pull request is about to be opened. */
export interface PullRequestFacts {
  /** The task; its title, its instruction and its context are other people's words. */
  readonly task: Task;
  /** The repository of the pull request. */
  readonly repository: RepositoryRef;
  /** The branch with the change. */
  readonly branch: string;
  /** The branch it is to be merged into. */
  readonly baseBranch: string;
  /** The agent's closing words, as inert CommonMark. */
  readonly summary: string;
  /** The changed files as `git diff --stat` lists them, with what was left out; null if there is no list. */
  readonly diffStat: string | null;
  /** The texts that the pull request has without the option. */
  readonly defaults: PullRequestTexts;
}

/** A state of a task that its status message is about to show. */
export interface HeadlineFacts {
  /** The task as it was begun; its title, its instruction and its context are other people's words. */
  readonly task: Task;
  /** The state that is shown. */
  readonly state: StatusView["state"];
  /** The stable reason of an end or a wait, such as `budget`; null where there is none. */
  readonly reason: string | null;
  /** One sentence for the reason, or null. */
  readonly explanation: string | null;
  /** The publication of a task that has succeeded; else null. */
  readonly result: TaskResult | null;
  /** The headline that the message has without the option. */
  readonly defaultText: string;
}

/** The words of a status message that can be replaced. */
export interface StatusTexts {
  /** The names of the three steps. @defaultValue Getting ready, Working on it, Publishing the change */
  readonly steps?: readonly [string, string, string] | undefined;
  /** Returns the first line of the message, as plain text. @defaultValue the built-in sentences */
  readonly headline?: ((facts: HeadlineFacts) => string) | undefined;
}

function functionSchema<Type>(): z.ZodType<Type> {
  return z.custom<Type>((value) => typeof value === "function", "expected a function");
}

const label = z.string().trim().min(1).max(100);

/** The option `pullRequestTexts`. */
export const pullRequestTextsSchema = functionSchema<(facts: PullRequestFacts) => PullRequestTexts>();

/** The option `statusTexts`. */
export const statusTextsSchema = z.strictObject({
  steps: z.tuple([label, label, label]).readonly().optional(),
  headline: functionSchema<(facts: HeadlineFacts) => string>().optional(),
} satisfies ShapeOf<StatusTexts>);

/** A call of a function among the options. */
export interface OperatorCall<Texts> {
  /** The name of the option, for the log. */
  readonly option: string;
  readonly call: () => unknown;
  readonly schema: z.ZodType<Texts>;
  readonly logger: Logger;
}

/**
 * Returns the texts of an operator's function. One that throws, or returns anything else, costs its words and never the paid
 * work that they are for: it is logged, and null is returned.
 */
export function readOperatorTexts<Texts>({ option, call, schema, logger }: OperatorCall<Texts>): Texts | null {
  try {
    const given = call();
    // An async function has failed already; its rejection must not end the process.
    if (given instanceof Promise) given.catch(() => {});
    return schema.parse(given);
  } catch (error) {
    logger.warn({ err: error, option }, "The option failed or returned no text; the built-in words are used");
    return null;
  }
}
