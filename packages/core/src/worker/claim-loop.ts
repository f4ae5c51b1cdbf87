import type { OutageReporter } from "../outages/create-outage-reporter.js";
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
  readonly outages: OutageReporter;
  /** Ends the loop; runs that have begun go on. */
  readonly signal: AbortSignal;
  /** Never throws. */
  readonly work: (entry: ClaimedEntry) => Promise<void>;
}

/** How long one claim waits for work, in milliseconds: a safety net under the queue's own wake-ups. */
const claimWaitMs = 5000;
/** How long to wait when the queue cannot be asked, in milliseconds. */
const queueDownMs = 1000;
/** How long to wait after an empty answer that did not wait itself, as a closed queue gives, in milliseconds. */
const emptyAnswerMs = 100;

/** Claims no more than there are free places, for ever; resolves when the signal aborted and every run has ended. */
export async function runClaimLoop(request: ClaimLoopRequest): Promise<void> {
  const { queue, concurrency, leaseMs, clock, logger, outages, signal, work } = request;
  const running = new Set<Promise<void>>();
  let onPlaceFreed = (): void => {};
  let isFailing = false;

  const run = (entry: ClaimedEntry): void => {
    const ended = work(entry).finally(() => {
      running.delete(ended);
      onPlaceFreed();
    });
    running.add(ended);
  };
  const freePlace = async (): Promise<void> => {
    // Not `Promise.race`: it would leave something on every long run each time a short one ends.
    await new Promise<void>((resolve) => {
      onPlaceFreed = resolve;
    });
  };

  while (!signal.aborted) {
    if (running.size >= concurrency) {
      await freePlace();
      continue;
    }
    try {
      const askedAtMs = clock.monotonicMs();
      const claimed = await queue.claim({ limit: concurrency - running.size, leaseMs, waitMs: claimWaitMs, signal });
      isFailing = false;
      if (signal.aborted) await giveBack(claimed);
      else for (const entry of claimed) run(entry);
      const isEarly = claimed.length === 0 && clock.monotonicMs() - askedAtMs < emptyAnswerMs;
      if (isEarly) await clock.sleep(emptyAnswerMs, signal);
    } catch (error) {
      if (signal.aborted) break;
      const isTold = outages.report(error) || isFailing;
      if (!isTold) logger.error({ err: error }, "The queue cannot be asked for work; trying again until it can");
      isFailing = true;
      await clock.sleep(queueDownMs, signal);
    }
  }
  await Promise.all(running);
}

/** An answer that came as the loop was stopped: nothing of it has begun, another worker may have it at once. */
async function giveBack(claimed: readonly ClaimedEntry[]): Promise<void> {
  for (const entry of claimed) await entry.release(0);
}
