import { z } from "zod";
import { type Usage, usageSchema } from "./agent-outcome.js";
import type { ShapeOf } from "./shape-of.js";
import { type TaskRequest, taskRequestShape } from "./task-draft.js";

/**
 * The status of a task. `queued` covers waiting, back-off and parked (see `notBefore`); the last three are final. Refused is
 * `cancelled`, dead letter is `failed`; the `reason` shows which.
 */
export type TaskStatus = "queued" | "running" | "succeeded" | "failed" | "cancelled";

/** The schema of {@link TaskStatus}. */
export const taskStatusSchema = z.enum([
  "queued",
  "running",
  "succeeded",
  "failed",
  "cancelled",
]) satisfies z.ZodType<TaskStatus>;

const finalStatuses: ReadonlySet<TaskStatus> = new Set<TaskStatus>(["succeeded", "failed", "cancelled"]);

/** Returns true for the status of a task that has ended: it changes only if the task is reopened. */
export function isFinalStatus(status: TaskStatus): boolean {
  return finalStatuses.has(status);
}

/** An opened pull request. */
export interface PullRequestLink {
  /** Its number in the repository. */
  readonly number: number;
  /** Its web address. */
  readonly url: string;
}

/** The publication of a succeeded task; every part is null if the agent changed nothing. */
export interface TaskResult {
  /** The agent's closing words, redacted and capped. */
  readonly summary: string;
  /** The short name of the published branch. */
  readonly branch: string | null;
  /** The id of the published commit. */
  readonly commit: string | null;
  /** The pull request of the branch. */
  readonly pullRequest: PullRequestLink | null;
  /** Changes of the agent that cannot be published, where there are no others: text for people. */
  readonly leftOut: string | null;
}

/** The schema of {@link TaskResult}. */
export const taskResultSchema = z.object({
  summary: z.string(),
  branch: z.string().nullable(),
  commit: z.string().nullable(),
  pullRequest: z.object({ number: z.number().int(), url: z.string() } satisfies ShapeOf<PullRequestLink>).nullable(),
  leftOut: z.string().nullable().default(null),
} satisfies ShapeOf<TaskResult>);

/** A branch that was pushed. */
export interface PushedBranch {
  /** Its short name. */
  readonly name: string;
  /** Its web address, for people. */
  readonly url: string;
}

/** How a task ends: decided by the pipeline, and shown in the thread before it is stored. */
export type TaskEnd =
  | { readonly status: "succeeded"; readonly result: TaskResult }
  | {
      readonly status: "failed";
      readonly reason: string;
      readonly explanation: string;
      /** The change, if it was pushed before the task failed. */
      readonly branch?: PushedBranch;
    }
  | { readonly status: "cancelled"; readonly reason: string; readonly explanation: string };

/** The version of the task record this release writes. A newer one is parked, never failed. */
export const taskVersion = 2;

/** The thing that flows: one piece of work, from the webhook that requested it to its end. */
export interface Task extends TaskRequest {
  /** The version of this record. */
  readonly version: typeof taskVersion;
  /** A UUIDv7: ids sort by the time of arrival. */
  readonly id: string;
  /** Where it stands. */
  readonly status: TaskStatus;
  /** Why it is in this status, for `failed`, `cancelled` and a waiting `queued`; else null. */
  readonly reason: string | null;
  /** The installation in which it was requested. */
  readonly installationId: string;
  /** The thread whose tasks run one at a time. */
  readonly threadId: string;
  /** How often it was begun. */
  readonly attempt: number;
  /** Rises with each begin; a write that carries an older one is refused. */
  readonly fence: number;
  /** Not begun before this moment, or null. */
  readonly notBefore: Date | null;
  /** When its stop was requested, or null. */
  readonly cancelRequestedAt: Date | null;
  /** The reason that the request to stop it gave, or null. */
  readonly cancelReason: string | null;
  /** The name of the agent that ran it, or null. */
  readonly agent: string | null;
  /** The model that the agent reported, or null. */
  readonly model: string | null;
  /** The agent's session, to resume the conversation with; null if there is none. */
  readonly sessionId: string | null;
  /** Money and tokens of all its runs together. */
  readonly usage: Usage;
  /** Null unless it has succeeded. */
  readonly result: TaskResult | null;
  /** W3C trace context of the webhook, or null. */
  readonly traceparent: string | null;
  /** When it was recorded. */
  readonly createdAt: Date;
  /** When its first attempt began, counted again after a retry; null before. */
  readonly startedAt: Date | null;
  /** When it reached its end, or null. */
  readonly finishedAt: Date | null;
}

/** The schema of {@link Task}. */
export const taskSchema = z.object({
  ...taskRequestShape,
  version: z.literal(taskVersion),
  id: z.string(),
  status: taskStatusSchema,
  reason: z.string().nullable(),
  installationId: z.string(),
  threadId: z.string(),
  attempt: z.number().int(),
  fence: z.number().int(),
  notBefore: z.date().nullable(),
  cancelRequestedAt: z.date().nullable(),
  cancelReason: z.string().nullable(),
  agent: z.string().nullable(),
  model: z.string().nullable(),
  sessionId: z.string().nullable(),
  usage: usageSchema,
  result: taskResultSchema.nullable(),
  traceparent: z.string().nullable(),
  createdAt: z.date(),
  startedAt: z.date().nullable(),
  finishedAt: z.date().nullable(),
} satisfies ShapeOf<Task>);

/** A task without its long texts, as lists hold it. */
export type TaskSummary = Omit<Task, "instruction" | "context">;
