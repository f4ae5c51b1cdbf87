/** The reason for which a watch ended a run. */
export type WatchCause = "no-start" | "idle" | "lingering" | "refused";

/** The sign that a line gives: the run works, has its result, or none (`noise`). */
export type SignOfLife = "work" | "result" | "noise";

/** Watches a run for signs of life. */
export interface RunWatch {
  /** Aborts when the watch ends the run. */
  readonly signal: AbortSignal;
  cause(): WatchCause | null;
  onSign(sign: SignOfLife): void;
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
      if (abort.signal.aborted) return;
      if (sign === "result") enter("lingering", limits.lingerMs);
      else if (sign === "work" && phase === "no-start") enter("idle", limits.idleTimeoutMs);
      else if (sign === "work" || phase === "idle") timer.refresh();
    },
    refuse: () => endRun("refused"),
    end: () => clearTimeout(timer),
  };
}
