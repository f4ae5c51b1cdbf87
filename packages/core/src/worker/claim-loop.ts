import type { OutageReporter } from "../outages/create-outage-reporter.js";
import type { Clock } from "../ports/clock.js";
import type { Logger } from "../ports/logger.js";
import type { ClaimedEntry, QueueEntry, TaskQueue } from "../ports/task-queue.js";

/** Options of {@link runClaimLoop}. */
export interface ClaimLoopRequest {
  readonly queue: TaskQueue;
  /** Each kind has a loop with places of its own: a command never waits for a task. */
  readonly kind: QueueEntry["kind"];
  /** Maximum number of entries that are worked on at once. */
  readonly concurrency: number;
  readonly leaseMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly outages: OutageReporter;
  /** Ends the loop; work that has begun continues. */
  readonly signal: AbortSignal;
  /** Never throws. */
  readonly work: (entry: ClaimedEntry) => Promise<void>;
}

/** Maximum wait of one claim, in milliseconds: a safety net under the queue's own notifications. */
const claimWaitMs = 5000;
/** Pause after a claim that failed, in milliseconds. */
const queueDownMs = 1000;
/** Pause after an empty answer that came at once, e.g. from a closed queue, in milliseconds. */
const emptyAnswerMs = 100;

/** Claims as many entries as there are free places, until the signal aborts; resolves when all work has ended. */
export async function runClaimLoop(request: ClaimLoopRequest): Promise<void> {
  const { queue, kind, concurrency, leaseMs, clock, logger, outages, signal, work } = request;
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
    // Not `Promise.race`: it would leave a reaction on every long run each time a short one ends.
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
      const requestedAtMs = clock.monotonicMs();
      const limit = concurrency - running.size;
      const claimed = await queue.claim({ limit, kind, leaseMs, waitMs: claimWaitMs, signal });
      isFailing = false;
      if (signal.aborted) await release(claimed);
      else for (const entry of claimed) run(entry);
      const isEarly = claimed.length === 0 && clock.monotonicMs() - requestedAtMs < emptyAnswerMs;
      if (isEarly) await clock.sleep(emptyAnswerMs, signal);
    } catch (error) {
      if (signal.aborted) break;
      const isLogged = outages.report(error) || isFailing;
      if (!isLogged) logger.error({ err: error, kind }, "The queue cannot be claimed from; trying again until it can");
      isFailing = true;
      await clock.sleep(queueDownMs, signal);
    }
  }
  await Promise.all(running);
}

/** Releases an answer that came as the loop was stopped: none of it has begun, and another worker may claim it at once. */
async function release(claimed: readonly ClaimedEntry[]): Promise<void> {
  for (const entry of claimed) await entry.release(0);
}
