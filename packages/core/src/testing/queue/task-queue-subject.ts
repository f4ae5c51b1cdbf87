import type { QueueEntry, TaskQueue } from "../../ports/task-queue.js";

/** A queue under test, with nothing in it. */
export interface TaskQueueSubject {
  readonly queue: TaskQueue;
  /**
   * Called with entries before they are enqueued for the first time, for a queue that is a view of a store: it makes
   * the tasks there. Their ids are UUIDs.
   */
  prepare?(entries: readonly QueueEntry[]): Promise<void>;
}
