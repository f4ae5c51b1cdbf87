import type { OutageReporter } from "../outages/create-outage-reporter.js";
import type { Clock } from "../ports/clock.js";
import type { Inbox } from "../ports/inbox.js";
import type { Logger } from "../ports/logger.js";
import { forgetOld } from "./forget-old.js";
import type { RetentionSettings } from "./retention-options.js";

/** What {@link runRetention} works with. */
export interface RetentionRequest {
  readonly inbox: Inbox;
  readonly settings: RetentionSettings;
  readonly clock: Clock;
  /** The jitter, from 0 up to 1. */
  readonly random: () => number;
  readonly logger: Logger;
  readonly outages: OutageReporter;
  readonly signal: AbortSignal;
}

/** The first round comes this part of an interval after the start: a process that never lives for a whole one forgets too. */
const firstPart = 1 / 12;

/**
 * Forgets what is past its retention soon after the start and then every `intervalMs`, until the signal aborts. The times are
 * random, so that processes that start together don't do it together; if they do, each removes other rows. A round that
 * fails is logged, and what it left is found by the next one.
 */
export async function runRetention(request: RetentionRequest): Promise<void> {
  const { settings, clock, random, logger, outages, signal } = request;
  await clock.sleep(settings.intervalMs * firstPart * random(), signal);
  while (!signal.aborted) {
    try {
      const { bodies, deliveries } = await forgetOld(request, settings);
      if (bodies + deliveries > 0) logger.info({ bodies, deliveries }, "Old deliveries are forgotten");
    } catch (error) {
      if (!outages.report(error))
        logger.warn({ err: error }, "Old deliveries could not be forgotten; it is tried again at the next round");
    }
    await clock.sleep(settings.intervalMs * (0.9 + 0.2 * random()), signal);
  }
}
