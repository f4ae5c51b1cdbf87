import type { Clock } from "../ports/clock.js";
import type { Logger } from "../ports/logger.js";
import type { ClaimedEntry, TaskQueue } from "../ports/task-queue.js";

/** What {@link runClaimLoop} works with. */
export interface ClaimLoopRequest {
  readonly queue: TaskQueue;
  readonly concurrency: number;
  readonly leaseMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Ends the loop; runs that have begun go on. */
  readonly signal: AbortSignal;
  /** Never throws. */
  readonly work: (entry: ClaimedEntry) => Promise<void>;
}

/** How long one claim waits for work, in milliseconds: a safety net under the queue's own wake-ups. */
const claimWaitMs = 5000;
/** How long to wait when the queue cannot be asked, in milliseconds. */
const queueDownMs = 1000;

/** Claims no more than there are free places, for ever; resolves when the signal aborted and every run has ended. */
export async function runClaimLoop(request: ClaimLoopRequest): Promise<void> {
  const { queue, concurrency, leaseMs, clock, logger, signal, work } = request;
  const running = new Set<Promise<void>>();
  let isQueueDown = false;
  while (!signal.aborted) {
    if (running.size >= concurrency) {
      await Promise.race(running);
      continue;
    }
    try {
      const claimed = await queue.claim({ limit: concurrency - running.size, leaseMs, waitMs: claimWaitMs, signal });
      if (isQueueDown) logger.info({}, "The queue is back");
      isQueueDown = false;
      for (const entry of claimed) {
        const run = work(entry).finally(() => running.delete(run));
        running.add(run);
      }
    } catch (error) {
      if (!isQueueDown) logger.warn({ err: error }, "The queue cannot be asked for work; trying again until it can");
      isQueueDown = true;
      await clock.sleep(queueDownMs, signal);
    }
  }
  await Promise.all(running);
}
