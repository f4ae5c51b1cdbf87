import { z } from "zod";
import { taskDraftSchema } from "./task-draft.js";
import { taskResultSchema } from "./task-outcome.js";
import { taskStatusSchema } from "./task-status.js";
import { usageSchema } from "./usage.js";

/** The version of the task record this release writes. A newer one is parked, never failed. */
export const taskVersion = 1;

/** The thing that flows: one piece of work, from the webhook that asked for it to its end. */
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
  /** A stop was asked for at this moment, or null. */
  cancelRequestedAt: z.date().nullable(),
  /** The reason it is to end with, as whoever asked to stop it gave it, or null. */
  cancelReason: z.string().nullable(),
  /** The name of the agent that ran it, and the model it said it used. */
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
