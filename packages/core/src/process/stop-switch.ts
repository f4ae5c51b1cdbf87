import { maxTimerMs } from "../lifecycle/deadline.js";
import type { LaunchEnd } from "../ports/launch.js";

/** Records what ends a run from outside the program. The first cause counts. */
export interface StopSwitch {
  /** Resolves at the first cause. */
  readonly stopped: Promise<void>;
  cause(): LaunchEnd | null;
  stop(cause: LaunchEnd): void;
  /** From now on neither the time limit nor the signal stops the run. */
  disarm(): void;
}

/** A switch that stops the run when the signal aborts or the time is up. */
export function createStopSwitch(signal: AbortSignal, timeoutMs: number | null): StopSwitch {
  let cause: LaunchEnd | null = null;
  let resolveStopped = (): void => {};
  const stopped = new Promise<void>((resolve) => {
    resolveStopped = resolve;
  });
  const stop = (because: LaunchEnd): void => {
    cause ??= because;
    resolveStopped();
  };

  const onAbort = (): void => stop("aborted");
  const onTimeout = (): void => stop("timed-out");
  signal.addEventListener("abort", onAbort, { once: true });
  const timer = timeoutMs === null ? undefined : setTimeout(onTimeout, Math.min(timeoutMs, maxTimerMs));
  // The signal may have aborted while the program was starting.
  if (signal.aborted) onAbort();

  return {
    stopped,
    cause: () => cause,
    stop,
    disarm() {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    },
  };
}
