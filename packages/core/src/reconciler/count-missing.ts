import type { Outbox } from "../ports/outbox.js";
import type { TaskQueue } from "../ports/task-queue.js";

/** Store and queue are counted one after the other while tasks come and go: so much of the backlog may seem to be missing. */
const tolerated = 0.01;

/**
 * How many queued tasks the queue lacks, as far as counts can tell; 0 when it lacks about none. A claimed entry is that of a
 * running task, or of a queued one that is about to be begun.
 */
export async function countMissing(outbox: Outbox, queue: TaskQueue): Promise<number> {
  const { queued, running } = await outbox.count();
  if (queued === 0) return 0;
  const { waiting, delayed, claimed } = await queue.stats();
  const missing = queued - waiting - delayed - Math.max(0, claimed - running);
  return missing > queued * tolerated ? missing : 0;
}
