/** Lets one waiter be woken; a ring that nobody waits for yet ends the next wait at once. */
export interface Bell {
  ring(): void;
  /** Forgets rings so far. */
  reset(): void;
  /** Resolves at a ring since the last reset, or after `durationMs`. */
  wait(durationMs: number): Promise<void>;
}

/** Makes a {@link Bell} that has not rung. */
export function createBell(): Bell {
  let hasRung = false;
  let wake = (): void => {};
  return {
    ring() {
      hasRung = true;
      wake();
    },
    reset() {
      hasRung = false;
    },
    async wait(durationMs) {
      if (hasRung) return;
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
