import type { OutageReporter } from "../outages/create-outage-reporter.js";
import type { Clock } from "../ports/clock.js";
import type { Logger } from "../ports/logger.js";
import { type PrunedStore, pruneStore } from "./prune-store.js";
import type { RetentionSettings } from "./retention-options.js";

/** Options of {@link runRetention}. */
export interface RetentionRequest {
  readonly store: PrunedStore;
  readonly settings: RetentionSettings;
  readonly clock: Clock;
  /** Returns the jitter, from 0 up to 1. */
  readonly random: () => number;
  readonly logger: Logger;
  readonly outages: OutageReporter;
  readonly signal: AbortSignal;
}

/** The part of an interval before the first round: a process that lives for less than an interval prunes too. */
const firstPart = 1 / 12;

/**
 * Deletes what is past its retention soon after the start and then every `intervalMs`, until the signal aborts. The times
 * are random, so that processes that start together do not prune together; if they do, each deletes other rows. A failed
 * round is logged, and the next one continues.
 */
export async function runRetention(request: RetentionRequest): Promise<void> {
  const { settings, clock, random, logger, outages, signal } = request;
  await clock.sleep(settings.intervalMs * firstPart * random(), signal);
  while (!signal.aborted) {
    try {
      const pruned = await pruneStore(request, settings);
      if (Object.values(pruned).some((count) => count > 0)) logger.info({ ...pruned }, "Old rows were deleted");
    } catch (error) {
      if (!outages.report(error)) {
        logger.warn({ err: error }, "Old rows could not be deleted; the next round tries again");
      }
    }
    await clock.sleep(settings.intervalMs * (0.9 + 0.2 * random()), signal);
  }
}
