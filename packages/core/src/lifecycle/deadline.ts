/** The longest delay a timer of Node takes, in milliseconds: a longer one fires at once. */
export const maxTimerMs = 2 ** 31 - 1;

/**
 * Settles as `work` does, or rejects with `createError()` after `timeoutMs`. The work itself goes on; a result or an error
 * that comes later is ignored.
 */
export function withDeadline<Value>(work: Promise<Value>, timeoutMs: number, createError: () => Error): Promise<Value> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(createError()), timeoutMs);
    work.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}
