import type { Clock } from "../ports/clock.js";
import { sleep } from "./system-clock.js";
import { unlessAborted } from "./unless-aborted.js";

/** The longest delay a timer of Node takes, in milliseconds: a longer one fires at once. */
export const maxTimerMs = 2 ** 31 - 1;

/**
 * Settles as `work` does, or rejects with `createError()` after `timeoutMs`. The work itself goes on; a result or an error
 * that comes later is ignored.
 */
export function withDeadline<Value>(work: Promise<Value>, timeoutMs: number, createError: () => Error): Promise<Value> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(createError()), timeoutMs);
    work.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}

/** Waits at most `timeoutMs` for a promise to settle and returns whether it did, with a value or an error. */
export async function isSettledWithin(promise: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  const waiting = new AbortController();
  const settled = promise.then(
    () => true,
    () => true,
  );
  const isSettled = await Promise.race([settled, sleep(timeoutMs, waiting.signal).then(() => false)]);
  waiting.abort();
  return isSettled;
}

/**
 * Settles as `work` does, or rejects once the clock has passed `durationMs` or `signal` aborts. The work's own signal aborts
 * then too; a result or an error that comes later is ignored.
 */
export async function within<Result>(
  durationMs: number,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const over = new AbortController();
  const late = new AbortController();
  void clock.sleep(durationMs, over.signal).then(() => late.abort(new Error(`It took longer than ${durationMs} ms`)));
  try {
    const either = AbortSignal.any([signal, late.signal]);
    return await unlessAborted(work(either), either);
  } finally {
    over.abort();
  }
}
