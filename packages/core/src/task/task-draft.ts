import { z } from "zod";
import { actorSchema, originSchema } from "./origin.js";
import { repositoryRefSchema } from "./repository-ref.js";
import { taskTriggerSchema } from "./task-trigger.js";
import { textSpanSchema } from "./text-span.js";

/** What a webhook asks for, before the store gives it an id, a thread and a place in line. */
export const taskDraftSchema = z.object({
  trigger: taskTriggerSchema,
  /** Lower is served first. */
  priority: z.number().int().min(0).max(1000),
  /** Names of the thread the task belongs to, such as `github:1296269:issue:7`; tasks of one thread run in order. */
  threadAliases: z.array(z.string()).min(1),
  /** `queue`: wait behind the thread's other tasks. `collapse`: a duplicate while one of them is not final. */
  whenThreadBusy: z.enum(["queue", "collapse"]),
  actor: actorSchema,
  origin: originSchema,
  repository: repositoryRefSchema,
  /** One line for people: the title, say. */
  title: z.string(),
  /** What was asked, in the words that followed the mention; empty for a label. */
  instruction: z.string(),
  /** The texts around it, snapshotted at the trigger. */
  context: z.array(textSpanSchema),
});

/** What a webhook asks for. */
export type TaskDraft = z.infer<typeof taskDraftSchema>;
