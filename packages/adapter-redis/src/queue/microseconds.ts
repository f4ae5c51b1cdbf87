/** Ranks and times stay integers that a double holds, whatever is asked for. */
const longestUs = 2 ** 50;

/** Milliseconds as the scripts count: whole microseconds. */
export function microseconds(durationMs: number): number {
  return Math.max(-longestUs, Math.min(longestUs, Math.round(durationMs * 1000) || 0));
}
