import type { OutageReporter } from "../outages/create-outage-reporter.js";
import type { Clock } from "../ports/clock.js";
import type { Logger } from "../ports/logger.js";
import type { Outbox } from "../ports/outbox.js";
import type { TaskQueue } from "../ports/task-queue.js";
import { reconcile } from "./reconcile.js";

/** Options of {@link runReconciler}. */
export interface ReconcilerRequest {
  readonly outbox: Outbox;
  readonly queue: TaskQueue;
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly outages: OutageReporter;
  readonly signal: AbortSignal;
}

/** Reconciles at once and then every `intervalMs`, until the signal aborts. A failed round is logged once and repeated. */
export async function runReconciler({
  outbox,
  queue,
  intervalMs,
  clock,
  logger,
  outages,
  signal,
}: ReconcilerRequest): Promise<void> {
  let isFailing = false;
  let isFirst = true;
  while (!signal.aborted) {
    try {
      const { recovered, missing, offered } = await reconcile({ outbox, queue, intervalMs, isFirst, signal });
      if (recovered > 0) logger.info({ recovered }, "Tasks of dead workers are queued again");
      if (missing > 0 && offered !== null)
        logger.info({ missing, offered }, "Tasks and commands were missing in the queue and are offered again");
      isFirst = false;
      isFailing = false;
    } catch (error) {
      if (!outages.report(error) && !isFailing) {
        logger.warn({ err: error }, "Store and queue could not be reconciled; the next round tries again");
      }
      isFailing = true;
    }
    await clock.sleep(intervalMs, signal);
  }
}
