import type { ProcessEnd } from "./process-request.js";

/** Longer timers fire at once: `setTimeout` takes a signed 32-bit number. */
const longestTimerMs = 2_147_483_647;

/** What ends a run from outside the program. The first cause counts. */
export interface StopSwitch {
  /** Resolves at the first cause. */
  readonly pressed: Promise<void>;
  cause(): ProcessEnd | null;
  because(cause: ProcessEnd): void;
  /** From now on neither the time limit nor the signal presses it. */
  disarm(): void;
}

/** Makes a {@link StopSwitch} that is pressed when the signal aborts or the time is up. */
export function createStopSwitch(signal: AbortSignal, timeoutMs: number | null): StopSwitch {
  const press = new AbortController();
  let cause: ProcessEnd | null = null;
  const because = (why: ProcessEnd): void => {
    cause ??= why;
    press.abort();
  };

  const onAbort = (): void => because("aborted");
  const onTimeout = (): void => because("timed-out");
  signal.addEventListener("abort", onAbort, { once: true });
  const timer = timeoutMs === null ? undefined : setTimeout(onTimeout, Math.min(timeoutMs, longestTimerMs));
  // It may have been aborted while the program was starting.
  if (signal.aborted) onAbort();

  return {
    pressed: new Promise((resolve) => {
      if (press.signal.aborted) resolve();
      else press.signal.addEventListener("abort", () => resolve(), { once: true });
    }),
    cause: () => cause,
    because,
    disarm() {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    },
  };
}
