/** A step that undoes an acquisition. */
export type Cleanup = () => void | Promise<void>;

/**
 * Releases what was acquired, last in, first out. Every release runs; the first error is thrown at the end.
 * (Node 20 and 22 have no `AsyncDisposableStack`.)
 */
export interface CleanupStack {
  /** Registers the release of something just acquired. After `run` it is released at once. */
  push(cleanup: Cleanup): void;
  /** Releases everything; later calls return the same promise. */
  run(): Promise<void>;
}

/** Nothing to release yet. */
export function createCleanupStack(): CleanupStack {
  const cleanups: Cleanup[] = [];
  let running: Promise<void> | null = null;

  const drain = async (): Promise<void> => {
    const errors: unknown[] = [];
    for (let cleanup = cleanups.pop(); cleanup; cleanup = cleanups.pop()) {
      try {
        await cleanup();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  };

  return {
    push(cleanup) {
      cleanups.push(cleanup);
      if (running) running = running.then(drain);
    },
    run() {
      running ??= drain();
      return running;
    },
  };
}
