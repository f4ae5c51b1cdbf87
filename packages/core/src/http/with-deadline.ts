/** What {@link withDeadline} measured. */
export interface Probed<Value> {
  /** The answer, or null when it failed or came too late. */
  readonly value: Value | null;
  readonly latencyMs: number;
}

/** Asks a dependency and stops waiting after `timeoutMs`: a health page that hangs tells nothing. */
export async function withDeadline<Value>(
  ask: (signal: AbortSignal) => Promise<Value>,
  timeoutMs: number,
): Promise<Probed<Value>> {
  const startedAt = performance.now();
  const signal = AbortSignal.timeout(timeoutMs);
  const late = new Promise<null>((resolve) => signal.addEventListener("abort", () => resolve(null), { once: true }));
  const value = await Promise.race([ask(signal).catch(() => null), late]);
  return { value, latencyMs: Math.round((performance.now() - startedAt) * 10) / 10 };
}
