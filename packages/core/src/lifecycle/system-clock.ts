import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../ports/clock.js";

/** Waits `durationMs`; ends early, without an error, when the signal aborts. */
export async function sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return;
  try {
    await delay(Math.max(0, durationMs), undefined, signal ? { signal } : {});
  } catch (error) {
    if (!signal?.aborted) throw error;
  }
}

/** The machine's own clock. */
export const systemClock: Clock = Object.freeze({ now: () => new Date(), monotonicMs: () => performance.now(), sleep });
