import { z } from "zod";

/**
 * Where a task is. `queued` covers waiting, back-off and parked (see `notBefore`); the last three are final.
 * Refused is `cancelled`, dead letter is `failed`; the `reason` says which.
 */
export const taskStatusSchema = z.enum(["queued", "running", "succeeded", "failed", "cancelled"]);

/** One of the five statuses of a task. */
export type TaskStatus = z.infer<typeof taskStatusSchema>;

const finalStatuses: ReadonlySet<TaskStatus> = new Set<TaskStatus>(["succeeded", "failed", "cancelled"]);

/** A final task changes only when somebody reopens it. */
export function isFinalStatus(status: TaskStatus): boolean {
  return finalStatuses.has(status);
}
