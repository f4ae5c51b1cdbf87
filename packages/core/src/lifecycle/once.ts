/** Runs `work` on the first call and gives every caller the same promise: the way start, stop and close are idempotent. */
export function once<Result>(work: () => Promise<Result>): () => Promise<Result> {
  let result: Promise<Result> | null = null;
  return () => {
    result ??= work();
    return result;
  };
}
