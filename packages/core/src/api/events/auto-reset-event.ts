/** Wakes one waiter; a `set` without a waiter ends the next wait at once. */
export interface AutoResetEvent {
  set(): void;
  reset(): void;
  /** Resolves at a `set` since the last reset, or after `durationMs`. */
  wait(durationMs: number): Promise<void>;
}

/** Creates an {@link AutoResetEvent} that is not set. */
export function createAutoResetEvent(): AutoResetEvent {
  let isSet = false;
  let wake = (): void => {};
  return {
    set() {
      isSet = true;
      wake();
    },
    reset() {
      isSet = false;
    },
    async wait(durationMs) {
      if (isSet) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, durationMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      wake = () => {};
    },
  };
}
