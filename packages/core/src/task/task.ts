import { z } from "zod";
import { usageSchema } from "./agent-outcome.js";
import { taskDraftSchema } from "./task-draft.js";

/**
 * The status of a task. `queued` covers waiting, back-off and parked (see `notBefore`); the last three are final. Refused is
 * `cancelled`, dead letter is `failed`; the `reason` shows which.
 */
export const taskStatusSchema = z.enum(["queued", "running", "succeeded", "failed", "cancelled"]);

/** One of the five statuses of a task. */
export type TaskStatus = z.infer<typeof taskStatusSchema>;

const finalStatuses: ReadonlySet<TaskStatus> = new Set<TaskStatus>(["succeeded", "failed", "cancelled"]);

/** Returns true for the status of a task that has ended: it changes only if the task is reopened. */
export function isFinalStatus(status: TaskStatus): boolean {
  return finalStatuses.has(status);
}

/** The publication of a succeeded task; every part is null if the agent changed nothing. */
export const taskResultSchema = z.object({
  /** The agent's closing words, redacted and capped. */
  summary: z.string(),
  branch: z.string().nullable(),
  commit: z.string().nullable(),
  pullRequest: z.object({ number: z.number().int(), url: z.string() }).nullable(),
  /** Changes of the agent that cannot be published, where there are no others: text for people. */
  leftOut: z.string().nullable().default(null),
});

/** The publication of a succeeded task. */
export type TaskResult = z.infer<typeof taskResultSchema>;

/** A branch that was pushed. */
export interface PushedBranch {
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
export const taskSchema = taskDraftSchema.omit({ threadAliases: true, whenThreadBusy: true }).extend({
  version: z.literal(taskVersion),
  id: z.string(),
  status: taskStatusSchema,
  /** Why it is in this status, for `failed`, `cancelled` and a waiting `queued`; else null. */
  reason: z.string().nullable(),
  installationId: z.string(),
  threadId: z.string(),
  /** How often it was begun. */
  attempt: z.number().int(),
  /** Rises with each begin; a write that carries an older one is refused. */
  fence: z.number().int(),
  /** Not begun before this moment, or null. */
  notBefore: z.date().nullable(),
  /** When its stop was requested, or null. */
  cancelRequestedAt: z.date().nullable(),
  /** The reason that the request to stop it gave, or null. */
  cancelReason: z.string().nullable(),
  /** The name of the agent that ran it, and the model that it reported. */
  agent: z.string().nullable(),
  model: z.string().nullable(),
  /** The agent's session, to resume the conversation with. */
  sessionId: z.string().nullable(),
  usage: usageSchema,
  result: taskResultSchema.nullable(),
  /** W3C trace context of the webhook, or null. */
  traceparent: z.string().nullable(),
  createdAt: z.date(),
  startedAt: z.date().nullable(),
  finishedAt: z.date().nullable(),
});

/** One piece of work. */
export type Task = z.infer<typeof taskSchema>;

/** A task without its long texts, as lists hold it. */
export type TaskSummary = Omit<Task, "instruction" | "context">;
