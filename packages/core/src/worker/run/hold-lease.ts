import type { Clock } from "../../ports/clock.js";
import type { Logger } from "../../ports/logger.js";
import type { ClaimedEntry } from "../../ports/task-queue.js";
import type { TaskStore } from "../../ports/task-store.js";
import type { Lease } from "../../task/lease.js";
import type { StopReason } from "./stop-reason.js";

/** What {@link holdLease} works with. */
export interface HoldLeaseRequest {
  readonly lease: Lease;
  readonly leaseMs: number;
  readonly tasks: TaskStore;
  readonly entry: ClaimedEntry;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onStop: (reason: StopReason) => void;
}

/** The heartbeat of a run. */
export interface HeldLease {
  /** Beats at once instead of waiting: a wake-up said that a stop may have been asked for. */
  beatNow(): void;
  /** Ends the heartbeat; resolves when the last beat is over. */
  release(): Promise<void>;
}

/**
 * Extends the lease in store and queue every `leaseMs / 3`. When the store says `lost`, or could not be asked for a whole
 * lease, the run is stopped: by then another worker may hold the task.
 */
export function holdLease(request: HoldLeaseRequest): HeldLease {
  const { lease, leaseMs, tasks, entry, clock, logger, onStop } = request;
  const released = new AbortController();
  let wake = new AbortController();
  const expire = (): void => onStop("lease-lost");
  let expiry = setTimeout(expire, leaseMs);

  const beat = async (): Promise<void> => {
    // Counted from before the beat was sent, so that a slow answer never makes a lease look longer.
    const sentAt = performance.now();
    try {
      const answer = await tasks.heartbeat(lease, leaseMs);
      if (released.signal.aborted) return;
      if (answer === "lost") return onStop("lease-lost");
      clearTimeout(expiry);
      expiry = setTimeout(expire, leaseMs - (performance.now() - sentAt));
      if (answer === "cancel") onStop("cancelled");
      // The queue's lease only orders and wakes; losing it loses nothing.
      await entry.extend(leaseMs).catch(() => false);
    } catch (error) {
      logger.warn({ err: error }, "A heartbeat failed; the run is stopped if the lease ends before one succeeds");
    }
  };

  const beating = (async () => {
    while (!released.signal.aborted) {
      await clock.sleep(leaseMs / 3, AbortSignal.any([released.signal, wake.signal]));
      if (released.signal.aborted) return;
      if (wake.signal.aborted) wake = new AbortController();
      await beat();
    }
  })();

  return {
    beatNow: () => wake.abort(),
    async release() {
      released.abort();
      clearTimeout(expiry);
      await beating;
      clearTimeout(expiry);
    },
  };
}
