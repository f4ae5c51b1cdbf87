/**
 * Settles as `work` does, or rejects with the signal's reason, or `createError` of it, once the signal aborts. The work itself goes on; its result or
 * error is ignored then.
 */
export async function unlessAborted<Result>(
  work: Promise<Result>,
  signal: AbortSignal,
  createError: (reason: unknown) => unknown = (reason) => reason,
): Promise<Result> {
  let onAbort = (): void => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(createError(signal.reason));
  });
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([aborted, work]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
