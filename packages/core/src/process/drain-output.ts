import type { Readable } from "node:stream";
import { finished } from "node:stream/promises";
import { sleep } from "../lifecycle/sleep.js";
import type { LineReading } from "./read-lines.js";

/** Waits for a promise, but no longer than `limitMs`. Says whether it came. */
export async function isSettledWithin(promise: Promise<unknown>, limitMs: number): Promise<boolean> {
  const waiting = new AbortController();
  const settled = promise.then(
    () => true,
    () => true,
  );
  const isSettled = await Promise.race([settled, sleep(limitMs, waiting.signal).then(() => false)]);
  waiting.abort();
  return isSettled;
}

/**
 * Waits until a stream is read to its end. Gives up when nothing has arrived for `quietMs`, so that what waits in the
 * pipe for a slow reader isn't lost, and a process that escaped can't hold the run open.
 */
export async function isReadToEnd(reading: LineReading, quietMs: number): Promise<boolean> {
  for (;;) {
    const leftMs = reading.isBusy() ? quietMs : reading.lastArrivalMs() + quietMs - performance.now();
    if (leftMs <= 0) return false;
    if (await isSettledWithin(reading.done, leftMs)) return true;
  }
}

/** Resolves when a stream that is being read has ended, well or not. */
export async function streamEnd(stream: Readable): Promise<void> {
  await finished(stream, { writable: false }).catch(() => {});
}
