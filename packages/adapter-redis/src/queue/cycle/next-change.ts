/** When time will bring something: a lease ends, or an entry becomes due. Only Redis knows, so it is looked at. */
export interface NextChange {
  /**
   * Whether the call that is about to claim looks; true takes the turn. One that finds nothing, or knows of limits, looks
   * anyway; while claims find something, a look now and then is enough.
   */
  takeTurnToLook(): boolean;
  /** What a look told: in how many milliseconds, Infinity for never. */
  isIn(milliseconds: number): void;
  /** Tells `onDue` once, when the time has come. */
  wait(): void;
  stopWaiting(): void;
}

/** How long one look is enough for a process whose claims find something, in milliseconds. */
const lookEveryMs = 10;
/** Node's timers take no more than a signed 32-bit number of milliseconds. */
const longestTimerMs = 2 ** 31 - 1;

/** Makes a {@link NextChange}. */
export function createNextChange(onDue: () => void): NextChange {
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  let dueAtMs = Number.POSITIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;

  return {
    takeTurnToLook() {
      const nowMs = performance.now();
      if (nowMs - lookedAtMs < lookEveryMs) return false;
      lookedAtMs = nowMs;
      return true;
    },
    isIn(milliseconds) {
      dueAtMs = performance.now() + milliseconds;
    },
    wait() {
      clearTimeout(timer);
      if (dueAtMs === Number.POSITIVE_INFINITY) return;
      timer = setTimeout(onDue, Math.max(1, Math.min(dueAtMs - performance.now(), longestTimerMs)));
    },
    stopWaiting() {
      clearTimeout(timer);
    },
  };
}
