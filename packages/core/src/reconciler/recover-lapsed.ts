import type { Outbox } from "../ports/outbox.js";
import type { TaskQueue } from "../ports/task-queue.js";

/** How many tasks are recovered in one step. */
const batchSize = 500;

/** Puts running tasks whose lease has ended back in line, in the store and then in the queue; returns how many. */
export async function recoverLapsed(outbox: Outbox, queue: TaskQueue, signal: AbortSignal): Promise<number> {
  let recovered = 0;
  for (let found = batchSize; found === batchSize && !signal.aborted; recovered += found) {
    const entries = await outbox.recover(batchSize);
    if (entries.length > 0) await queue.enqueue(entries);
    found = entries.length;
  }
  return recovered;
}
