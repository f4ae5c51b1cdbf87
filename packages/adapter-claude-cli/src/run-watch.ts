/** The reason for which a watch ended a run. */
export type WatchCause = "no-start" | "idle" | "lingering" | "overspent" | "refused";

/** The sign that a line gives: the run works, has its result, or none (`noise`). */
export type SignOfLife = "work" | "result" | "noise";

/** Watches a run for signs of life. */
export interface RunWatch {
  /** Aborts when the watch ends the run. */
  readonly signal: AbortSignal;
  cause(): WatchCause | null;
  onSign(sign: SignOfLife): void;
  /** Ends the run within a second, in which it may write its result: it has spent more than it may. */
  overspend(): void;
  /** Ends the run at once: it has rights or servers that were not configured. */
  refuse(): void;
  /** Stops watching. */
  end(): void;
}

/** Maximum silence in each phase, in milliseconds. */
export interface RunWatchLimits {
  readonly startTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly lingerMs: number;
}

/** The time in which an agent that keeps its budget itself ends by itself, with its figures, in milliseconds. */
const overspentMs = 1000;

/** Starts a watch: it limits the time until the start, then each silence, then the time that the process stays. */
export function createRunWatch(limits: RunWatchLimits): RunWatch {
  const abort = new AbortController();
  let cause: WatchCause | null = null;
  let phase: WatchCause = "no-start";
  let timer = setTimeout(() => endRun(phase), limits.startTimeoutMs);

  const endRun = (why: WatchCause): void => {
    cause ??= why;
    clearTimeout(timer);
    abort.abort();
  };
  const enter = (next: WatchCause, limitMs: number): void => {
    phase = next;
    clearTimeout(timer);
    timer = setTimeout(() => endRun(next), limitMs);
  };

  return {
    signal: abort.signal,
    cause: () => cause,
    onSign(sign) {
      if (abort.signal.aborted || cause !== null) return;
      if (sign === "result") enter("lingering", limits.lingerMs);
      else if (sign === "work" && phase === "no-start") enter("idle", limits.idleTimeoutMs);
      else if (sign === "work" || phase === "idle") timer.refresh();
    },
    overspend() {
      if (cause !== null) return;
      cause = "overspent";
      enter("overspent", overspentMs);
    },
    refuse: () => endRun("refused"),
    end: () => clearTimeout(timer),
  };
}
