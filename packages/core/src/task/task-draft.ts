import { z } from "zod";
import { nameSchema } from "./name.js";
import { actorSchema, originSchema } from "./origin.js";
import { repositoryRefSchema } from "./repository-ref.js";
import { textSpanSchema } from "./text-span.js";

/** The kind of event that started a task. */
export const taskTriggerSchema = z.enum(["mention", "label", "assignment", "review_request", "alert", "api"]);

/** The kind of event that started a task. */
export type TaskTrigger = z.infer<typeof taskTriggerSchema>;

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

/** A requested task, before the store assigns an id, a thread and a place in line. */
export const taskDraftSchema = z.object({
  trigger: taskTriggerSchema,
  /** Lower is served first. */
  priority: z.number().int().min(0).max(1000),
  /**
   * Names of the thread the task belongs to, such as `1296269:issue:7`, within the origin's provider and tenant; tasks of
   * one thread run in order.
   */
  threadAliases: z.array(nameSchema).min(1).max(32),
  /** `queue`: wait behind the thread's other tasks. `collapse`: a duplicate while one of them is not final. */
  whenThreadBusy: z.enum(["queue", "collapse"]),
  actor: actorSchema,
  /**
   * True if configuration admitted the actor at receipt (an allow-listed app, an alert rule): the access policy then does
   * not look up a permission.
   */
  isPreauthorized: z.boolean().default(false),
  origin: originSchema,
  /** The event's own time, as the provider signed it: the conversation is read up to it, however late the task begins. */
  occurredAt: z.date(),
  /** The repository the event itself names; null where it names none, and the first stage resolves it. */
  repository: repositoryRefSchema.nullable(),
  /** One line for people, e.g. the title. */
  title: z.string(),
  /** The request in the words that followed the mention; empty for a label. */
  instruction: z.string(),
  /** The surrounding texts, captured at the trigger. */
  context: z.array(textSpanSchema),
});

/** A requested task. */
export type TaskDraft = z.infer<typeof taskDraftSchema>;
