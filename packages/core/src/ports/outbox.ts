import type { Page, PageRequest } from "../task/page.js";
import type { QueueEntry } from "./task-queue.js";

/**
 * The tasks that belong in the queue, as the store knows them: what a lost queue is rebuilt from.
 * Safe when several processes read it at once, because enqueueing twice is harmless.
 */
export interface Outbox {
  /** Puts running tasks whose lease has ended back to `queued`, at most `limit` at once; returns their entries. */
  recover(limit: number): Promise<readonly QueueEntry[]>;
  /** Every queued task in its order, page by page. */
  waiting(page: PageRequest): Promise<Page<QueueEntry>>;
}
