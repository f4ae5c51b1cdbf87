import { maxTimerMs } from "@agentbot/core/adapter";

/** When time brings the next change: a lease ends, or an entry becomes due. Only Redis knows, so calls look for it. */
export interface DueTimer {
  /**
   * Returns true if the call that is about to claim must look. A call that finds nothing looks anyway; while claims find
   * something, a look now and then is enough.
   */
  shouldPoll(): boolean;
  /** Sets the time of the next change: in this many milliseconds, Infinity for never. */
  schedule(milliseconds: number): void;
  /** Calls `onDue` once at that time. */
  start(): void;
  stop(): void;
}

/** How long one look is enough for a process whose claims find something, in milliseconds. */
const pollIntervalMs = 10;

export function createDueTimer(onDue: () => void): DueTimer {
  let polledAtMs = Number.NEGATIVE_INFINITY;
  let dueAtMs = Number.POSITIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;

  return {
    shouldPoll() {
      const nowMs = performance.now();
      if (nowMs - polledAtMs < pollIntervalMs) return false;
      polledAtMs = nowMs;
      return true;
    },
    schedule(milliseconds) {
      dueAtMs = performance.now() + milliseconds;
    },
    start() {
      clearTimeout(timer);
      if (dueAtMs === Number.POSITIVE_INFINITY) return;
      timer = setTimeout(onDue, Math.max(1, Math.min(dueAtMs - performance.now(), maxTimerMs)));
    },
    stop() {
      clearTimeout(timer);
    },
  };
}
