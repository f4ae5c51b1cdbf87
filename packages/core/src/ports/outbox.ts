import type { Page, PageRequest } from "../task/page.js";
import type { TaskStatus } from "../task/task-status.js";
import type { QueueEntry } from "./task-queue.js";

/** What {@link Outbox.reopen} did. */
export type ReopenResult =
  | { readonly status: "reopened"; readonly entry: QueueEntry }
  /** Not final yet, or succeeded: nothing is there to be repeated. */
  | { readonly status: "refused"; readonly taskStatus: TaskStatus }
  /** The installation it was asked in, or works in, is suspended or deleted. */
  | { readonly status: "inactive" }
  | { readonly status: "unknown" };

/** How many tasks are open. */
export interface OpenTasks {
  readonly queued: number;
  readonly running: number;
}

/**
 * The tasks that belong in the queue, as the store knows them: what a lost queue is rebuilt from.
 * Safe when several processes read it at once, because enqueueing twice is harmless.
 */
export interface Outbox {
  /** Puts running tasks whose lease has ended back to `queued`, at most `limit` at once; returns their entries. */
  recover(limit: number): Promise<readonly QueueEntry[]>;
  /** How many tasks are open: what a queue's own counts are compared with. */
  count(): Promise<OpenTasks>;
  /**
   * Of all processes that ask, one gets true every `everyMs`: its turn to offer every waiting task to the queue. Whoever
   * asks with a shorter time may come sooner.
   */
  tryAcquireSweep(everyMs: number): Promise<boolean>;
  /** Every queued task in its order, page by page. */
  waiting(page: PageRequest): Promise<Page<QueueEntry>>;
  /**
   * Puts a failed or cancelled task back in line, last in its thread's, with its attempts and back-off forgotten and a line
   * in its transcript. What it has spent, its effects and its session stay, so that nothing is published twice. A finished
   * checkpoint of work that succeeded stays, to be published without another run; any other is forgotten.
   */
  reopen(taskId: string): Promise<ReopenResult>;
}
