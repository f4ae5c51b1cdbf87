import type { Clock } from "@agentbot/core";

/** A smaller step is an adjustment that nobody waits for, in milliseconds. */
const toleratedMs = 1000;

/**
 * Makes a function that tells how often the machine's date was set back, as far as it was asked. What waits by the date,
 * as Octokit's pacing does, waits so much longer then, and is to be begun anew.
 */
export function countSetBacks(clock: Clock): () => number {
  const aheadMs = (): number => clock.now().getTime() - clock.monotonicMs();
  let lastMs = aheadMs();
  let count = 0;
  return () => {
    const nowMs = aheadMs();
    if (nowMs < lastMs - toleratedMs) count += 1;
    lastMs = nowMs;
    return count;
  };
}
