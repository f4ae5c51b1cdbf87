import type { Clock } from "../ports/clock.js";

/** A clock that a test moves. */
export interface ManualClock extends Clock {
  /** Moves the time on; sleepers wake one by one at their own times, each with a turn of the event loop to react. */
  advance(durationMs: number): Promise<void>;
  /** Sets the time, forward or back, without waking a sleeper. */
  set(now: Date): void;
  /** Number of calls of `sleep` that have not ended. */
  readonly sleeperCount: number;
}

interface Sleeper {
  readonly untilMs: number;
  readonly wake: () => void;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * Creates a clock that stands still.
 *
 * @param start - its first time
 * @example
 * const clock = createManualClock();
 * const sleeping = clock.sleep(60_000);
 * await clock.advance(60_000);
 * await sleeping;
 */
export function createManualClock(start: Date = new Date("2026-11-22T10:00:00.000Z")): ManualClock {
  let nowMs = start.getTime();
  let elapsedMs = 0;
  const sleepers = new Set<Sleeper>();

  const firstDue = (byMs: number): Sleeper | null => {
    let first: Sleeper | null = null;
    for (const sleeper of sleepers) {
      if (sleeper.untilMs <= byMs && (first === null || sleeper.untilMs < first.untilMs)) first = sleeper;
    }
    return first;
  };

  const moveTo = (toMs: number): void => {
    elapsedMs += Math.max(0, toMs - nowMs);
    nowMs = Math.max(nowMs, toMs);
  };

  return {
    now: () => new Date(nowMs),
    monotonicMs: () => elapsedMs,

    async sleep(durationMs, signal) {
      if (durationMs <= 0 || signal?.aborted) return;
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          sleepers.delete(sleeper);
          signal?.removeEventListener("abort", wake);
          resolve();
        };
        const sleeper = { untilMs: nowMs + durationMs, wake };
        sleepers.add(sleeper);
        signal?.addEventListener("abort", wake, { once: true });
      });
    },

    async advance(durationMs) {
      const untilMs = nowMs + durationMs;
      await turn();
      for (let next = firstDue(untilMs); next; next = firstDue(untilMs)) {
        moveTo(next.untilMs);
        next.wake();
        await turn();
      }
      moveTo(untilMs);
    },

    set(now) {
      nowMs = now.getTime();
    },

    get sleeperCount() {
      return sleepers.size;
    },
  };
}
