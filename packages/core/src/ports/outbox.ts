import type { Page, PageRequest } from "../task/page.js";
import type { QueueEntry } from "./task-queue.js";

/** Counts of unfinished work. */
export interface OpenWork {
  /** Tasks that wait. */
  readonly queued: number;
  /** Tasks that run. */
  readonly running: number;
  /** Recorded commands that have not been answered. */
  readonly commands: number;
}

/**
 * The tasks and commands that belong in the queue: a lost queue is rebuilt from here.
 * Safe if several processes read it at once, because enqueueing twice is harmless.
 */
export interface Outbox {
  /** Sets running tasks whose lease has ended back to `queued`, at most `limit` at once; returns their entries. */
  recover(limit: number): Promise<readonly QueueEntry[]>;
  /** Counts unfinished work, to be compared with the queue's own counts. */
  count(): Promise<OpenWork>;
  /**
   * Returns true to one of all calling processes every `everyMs`: that process sweeps, i.e. offers everything waiting to
   * the queue. A caller with a shorter time may sweep sooner.
   */
  tryAcquireSweep(everyMs: number): Promise<boolean>;
  /** Every queued task and unanswered command in order, page by page. */
  waiting(page: PageRequest): Promise<Page<QueueEntry>>;
}
