/** How waits grow from try to try. */
export interface BackOff {
  /** The first wait, before jitter, in milliseconds. */
  readonly baseMs: number;
  /** No wait is longer than this, in milliseconds. */
  readonly capMs: number;
}

/**
 * The wait before try number `attempt + 1`: exponential with equal jitter, so that many failures of one moment
 * spread out but none is retried at once.
 */
export function backOffMs(attempt: number, { baseMs, capMs }: BackOff, random: () => number = Math.random): number {
  const ceilingMs = Math.min(capMs, baseMs * 2 ** Math.max(0, attempt - 1));
  return Math.round(ceilingMs / 2 + (ceilingMs / 2) * random());
}
