import type { Outbox } from "../ports/outbox.js";
import type { TaskQueue } from "../ports/task-queue.js";

/** How many tasks are handed over in one step. */
const batchSize = 500;

/** What one round found. */
export interface Reconciliation {
  /** Running tasks whose lease had ended. */
  readonly recovered: number;
  /** Queued tasks that the queue was told of, most of which it knew. */
  readonly offered: number;
}

/**
 * Makes the queue agree with the store: tasks whose worker died go back in line, and every queued task is offered to the
 * queue, which keeps those it knows. Safe when several run at once.
 */
export async function reconcile(outbox: Outbox, queue: TaskQueue, signal: AbortSignal): Promise<Reconciliation> {
  let recovered = 0;
  for (let batch = batchSize; batch === batchSize && !signal.aborted; recovered += batch) {
    batch = (await outbox.recover(batchSize)).length;
  }
  let offered = 0;
  for (let cursor: string | null | undefined; cursor !== null && !signal.aborted; ) {
    const page = await outbox.waiting({ limit: batchSize, ...(cursor === undefined ? {} : { cursor }) });
    if (page.items.length > 0) await queue.enqueue(page.items);
    offered += page.items.length;
    cursor = page.next;
  }
  return { recovered, offered };
}
