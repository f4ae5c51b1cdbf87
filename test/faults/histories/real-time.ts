import type { MachineTime } from "../simulation/machine.js";

/** Real time for one machine; a test can make it later than it is. */
export interface ShiftedTime extends MachineTime {
  /** Moves the time forward: timers fire when they would have, as after a machine was stopped. */
  shift(byMs: number): void;
}

/** Time that begins at 0 now. */
export function createShiftedTime(): ShiftedTime {
  const startedAtMs = performance.now();
  let shiftMs = 0;
  return {
    get nowMs() {
      return performance.now() - startedAtMs + shiftMs;
    },
    after(delayMs, act) {
      const timer = setTimeout(act, Math.min(Math.max(0, delayMs), 2 ** 31 - 1)).unref();
      return () => clearTimeout(timer);
    },
    shift(byMs) {
      shiftMs += byMs;
    },
  };
}
