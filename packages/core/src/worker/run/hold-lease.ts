import type { OutageReporter } from "../../outages/create-outage-reporter.js";
import type { Clock } from "../../ports/clock.js";
import type { Logger } from "../../ports/logger.js";
import type { ClaimedEntry } from "../../ports/task-queue.js";
import type { TaskStore } from "../../ports/task-store.js";
import type { Lease } from "../../task/lease.js";

/** Options of {@link holdLease}. */
export interface HoldLeaseRequest {
  readonly lease: Lease;
  readonly leaseMs: number;
  /** The clock's monotonic time just before the store was called: the lease cannot have begun earlier. */
  readonly requestedAtMs: number;
  readonly tasks: TaskStore;
  readonly entry: ClaimedEntry;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly outages: OutageReporter;
  readonly onStop: (reason: "lease-lost" | "cancelled") => void;
}

/** The heartbeat of a run. */
export interface HeldLease {
  /** Beats at once: called on a message of the stop channel. */
  beatNow(): void;
  /** Loses the lease now if its time is over: a process that was paused receives answers before its own timers run. */
  checkExpiry(): void;
  /** Ends the heartbeat; resolves when the last beat is over. */
  release(): Promise<void>;
}

/**
 * Extends the lease in store and queue every `leaseMs / 3`. When the store answers `lost`, or does not answer for a whole
 * lease, the run is stopped and no beat follows: by then another worker may hold the task.
 */
export function holdLease(request: HoldLeaseRequest): HeldLease {
  const { lease, leaseMs, requestedAtMs, tasks, entry, clock, logger, outages, onStop } = request;
  let isOver = false;
  let isLost = false;
  let isExtending = false;
  let wake = new AbortController();
  const over = new AbortController();
  // Counted from before the call, so that a slow answer never makes a lease look longer.
  let endsAtMs = requestedAtMs + leaseMs;

  const end = (): void => {
    isOver = true;
    over.abort();
    wake.abort();
  };
  const lose = (): void => {
    if (isOver) return;
    isLost = true;
    end();
    onStop("lease-lost");
  };
  const checkExpiry = (): void => {
    if (clock.monotonicMs() >= endsAtMs) lose();
  };
  const expiring = async (): Promise<void> => {
    while (!isOver) {
      await clock.sleep(endsAtMs - clock.monotonicMs(), over.signal);
      checkExpiry();
    }
  };

  // The queue's lease only orders and wakes: a queue that is down or hangs must not cost the store's lease.
  const extendEntry = async (): Promise<void> => {
    if (isExtending) return;
    isExtending = true;
    await entry.extend(leaseMs).catch(() => false);
    isExtending = false;
  };

  const beat = async (): Promise<void> => {
    const sentAtMs = clock.monotonicMs();
    try {
      const answer = await tasks.heartbeat(lease, leaseMs);
      if (isOver) return;
      if (answer === "lost") return lose();
      endsAtMs = Math.max(endsAtMs, sentAtMs + leaseMs);
      if (answer === "cancel") onStop("cancelled");
      void extendEntry();
    } catch (error) {
      if (outages.report(error)) return;
      logger.warn({ err: error }, "A heartbeat failed; the run is stopped if the lease ends before one succeeds");
    }
  };

  const beating = (async () => {
    while (!isOver) {
      await clock.sleep(leaseMs / 3, wake.signal);
      if (isOver) return;
      if (wake.signal.aborted) wake = new AbortController();
      await beat();
    }
  })();

  void expiring();

  return {
    beatNow: () => wake.abort(),
    checkExpiry,
    async release() {
      end();
      // A store that hangs has cost the lease; waiting for it would cost the worker's place too.
      if (!isLost) await beating;
    },
  };
}
