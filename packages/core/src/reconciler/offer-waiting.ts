import { setImmediate as nextTurn } from "node:timers/promises";
import type { Outbox } from "../ports/outbox.js";
import type { TaskQueue } from "../ports/task-queue.js";
import { maxQueueDelayMs } from "../task/queue-delay.js";

/** How many tasks are handed over in one step. */
const pageSize = 500;

/** Offers every queued task to the queue, page by page, in order; returns how many. What the queue knows it leaves as it is. */
export async function offerWaiting(outbox: Outbox, queue: TaskQueue, signal: AbortSignal): Promise<number> {
  let offered = 0;
  for (let cursor: string | null | undefined; cursor !== null && !signal.aborted; ) {
    const page = await outbox.waiting({ limit: pageSize, ...(cursor === undefined ? {} : { cursor }) });
    const entries = page.items.map((entry) => ({ ...entry, delayMs: Math.min(entry.delayMs, maxQueueDelayMs) }));
    if (entries.length > 0) await queue.enqueue(entries);
    offered += page.items.length;
    cursor = page.next;
    // However fast store and queue answer, webhooks and heartbeats come in between.
    await nextTurn();
  }
  return offered;
}
