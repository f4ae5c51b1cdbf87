/** Why a run was ended by its watch. */
export type WatchCause = "no-start" | "idle" | "lingering" | "refused";

/** What a line says about the run: at work, through with it, or nothing (`noise`). */
export type SignOfLife = "work" | "result" | "noise";

/** Watches a run that gives signs of life. */
export interface RunWatch {
  /** Aborts when the watch ends the run. */
  readonly signal: AbortSignal;
  cause(): WatchCause | null;
  heard(sign: SignOfLife): void;
  /** Ends the run at once: it is not what was asked for. */
  refuse(): void;
  /** Stops watching. */
  end(): void;
}

/** How long each silence may last, in milliseconds. */
export interface RunWatchLimits {
  readonly startTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly lingerMs: number;
}

/**
 * Starts a {@link RunWatch}: first it waits for the start, then it times each silence, and after the result it waits for
 * the process to leave.
 */
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
    heard(sign) {
      if (abort.signal.aborted) return;
      if (sign === "result") enter("lingering", limits.lingerMs);
      else if (sign === "work" && phase === "no-start") enter("idle", limits.idleTimeoutMs);
      else if (sign === "work" || phase === "idle") timer.refresh();
    },
    refuse: () => endRun("refused"),
    end: () => clearTimeout(timer),
  };
}
