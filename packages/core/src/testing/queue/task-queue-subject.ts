import type { QueueEntry, TaskQueue } from "../../ports/task-queue.js";

/** A queue under test, with nothing in it. */
export interface TaskQueueSubject {
  /** The queue under test. */
  readonly queue: TaskQueue;
  /**
   * Called with entries before they are enqueued for the first time, for a queue that is a view of a store: it creates the
   * tasks and commands there. Their ids, installations and lanes are UUIDs, a command's lane after `command:`.
   */
  prepare?(entries: readonly QueueEntry[]): Promise<void>;
  /**
   * Creates an empty queue that is used in place of `queue` and has this limit; the clause closes it. Only a subject that
   * lacks the capability `installation concurrency` has none.
   */
  createLimited?(installationConcurrency: number): TaskQueue | Promise<TaskQueue>;
}
