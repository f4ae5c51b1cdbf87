import assert from "node:assert/strict";
import { sleep } from "../lifecycle/system-clock.js";

/** The limit and the interval of {@link eventually}. */
export interface EventuallyOptions {
  /** The milliseconds after which it fails: a limit for a test that hangs, not for a slow machine. @defaultValue 240000 */
  readonly timeoutMs?: number;
  /** The milliseconds between two calls of `look`. @defaultValue 10 */
  readonly everyMs?: number;
}

/**
 * Polls until an event has happened, so that a test waits for an event and never for a duration.
 *
 * @param what - the event, for the text of the `AssertionError` on a time-out
 * @param look - returns null until the event has happened
 */
export async function eventually<Value>(
  what: string,
  look: () => Value | null | Promise<Value | null>,
  { timeoutMs = 240_000, everyMs = 10 }: EventuallyOptions = {},
): Promise<Value> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const seen = await look();
    if (seen !== null) return seen;
    if (performance.now() > deadline) assert.fail(`Waited ${timeoutMs} ms in vain for ${what}`);
    await sleep(everyMs);
  }
}
