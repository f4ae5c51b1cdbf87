import { z } from "zod";
import { nameSchema } from "./name.js";
import { type Actor, actorSchema, type Origin, originSchema } from "./origin.js";
import { type RepositoryRef, repositoryRefSchema } from "./repository-ref.js";
import type { ShapeOf } from "./shape-of.js";
import { type TextSpan, textSpanSchema } from "./text-span.js";

/** The kind of event that started a task. */
export type TaskTrigger = "mention" | "label" | "assignment" | "review_request" | "alert" | "api";

/** The schema of {@link TaskTrigger}. */
export const taskTriggerSchema = z.enum([
  "mention",
  "label",
  "assignment",
  "review_request",
  "alert",
  "api",
]) satisfies z.ZodType<TaskTrigger>;

/** The queue priority of each trigger; lower is served first. Commands come before all of them. */
export const triggerPriority: Readonly<Record<TaskTrigger, number>> = {
  mention: 10,
  api: 10,
  label: 20,
  assignment: 20,
  review_request: 20,
  alert: 30,
};

/** The queue priority of commands such as `stop`. */
export const commandPriority = 0;

/** The request that a task is made of; it stays as it is while the task moves. */
export interface TaskRequest {
  /** The kind of event that made it. */
  readonly trigger: TaskTrigger;
  /** From 0 to 1,000; lower is served first. */
  readonly priority: number;
  /** The person or program that made it. */
  readonly actor: Actor;
  /**
   * True if configuration admitted the actor at receipt (an allow-listed app, an alert rule): the access policy then does
   * not look up a permission.
   */
  readonly isPreauthorized: boolean;
  /** Where it was made. */
  readonly origin: Origin;
  /** The event's own time, as the provider signed it: the conversation is read up to it, however late the task begins. */
  readonly occurredAt: Date;
  /** The repository of the work; null until the first stage resolves it, where the event names none. */
  readonly repository: RepositoryRef | null;
  /** One line for people, e.g. the title. */
  readonly title: string;
  /** The request in the words that followed the mention; empty for a label. */
  readonly instruction: string;
  /** The surrounding texts, captured at the trigger. */
  readonly context: readonly TextSpan[];
}

/** The fields of {@link TaskRequest}. */
export const taskRequestShape = {
  trigger: taskTriggerSchema,
  priority: z.number().int().min(0).max(1000),
  actor: actorSchema,
  isPreauthorized: z.boolean().default(false),
  origin: originSchema,
  occurredAt: z.date(),
  repository: repositoryRefSchema.nullable(),
  title: z.string(),
  instruction: z.string(),
  context: z.array(textSpanSchema),
} satisfies ShapeOf<TaskRequest>;

/** A requested task, before the store assigns an id, a thread and a place in line. */
export interface TaskDraft extends TaskRequest {
  /**
   * Names of the thread the task belongs to, such as `1296269:issue:7`, within the origin's provider and tenant, 1 to 32 of
   * them; tasks of one thread run in order.
   */
  readonly threadAliases: readonly string[];
  /** `queue`: wait behind the thread's other tasks. `collapse`: a duplicate while one of them is not final. */
  readonly whenThreadBusy: "queue" | "collapse";
}

/** The schema of {@link TaskDraft}. */
export const taskDraftSchema = z.object({
  ...taskRequestShape,
  threadAliases: z.array(nameSchema).min(1).max(32),
  whenThreadBusy: z.enum(["queue", "collapse"]),
} satisfies ShapeOf<TaskDraft>);
