import { setTimeout as delay } from "node:timers/promises";

/** Waits `durationMs`; ends early, without an error, when the signal aborts. */
export async function sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return;
  try {
    await delay(Math.max(0, durationMs), undefined, signal ? { signal } : {});
  } catch (error) {
    if (!signal?.aborted) throw error;
  }
}
