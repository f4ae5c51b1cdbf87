import { z } from "zod";

/** What started a task. */
export const taskTriggerSchema = z.enum(["mention", "label", "assignment", "review_request", "alert", "api"]);

/** What started a task. */
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
