import assert from "node:assert/strict";
import { sleep } from "../lifecycle/sleep.js";

/** How {@link eventually} looks. */
export interface EventuallyOptions {
  /** Gives up after so many milliseconds. @defaultValue 15000 */
  readonly timeoutMs?: number;
  /** Looks every so many milliseconds. @defaultValue 10 */
  readonly everyMs?: number;
}

/**
 * Looks again and again until there is something to see, so that a test waits for an event and never for a duration.
 *
 * @param what - what is waited for, for the `AssertionError` thrown when it never comes
 * @param look - answers null while it is not there
 */
export async function eventually<Value>(
  what: string,
  look: () => Value | null | Promise<Value | null>,
  { timeoutMs = 15_000, everyMs = 10 }: EventuallyOptions = {},
): Promise<Value> {
  const givenUpAt = performance.now() + timeoutMs;
  for (;;) {
    const seen = await look();
    if (seen !== null) return seen;
    if (performance.now() > givenUpAt) assert.fail(`waited ${timeoutMs} ms in vain for ${what}`);
    await sleep(everyMs);
  }
}
