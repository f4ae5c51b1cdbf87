import type { ClaimedEntry } from "../../ports/task-queue.js";
import type { Lease } from "../../task/lease.js";
import type { Task } from "../../task/task.js";

/** A begun task with everything that holds it. */
export interface BegunTask {
  readonly task: Task;
  readonly lease: Lease;
  readonly entry: ClaimedEntry;
  /** When it was begun, by the clock's monotonic time just before the store was asked. */
  readonly askedAtMs: number;
  /** Aborts when the worker's grace period is over. */
  readonly shutdownSignal: AbortSignal;
}
