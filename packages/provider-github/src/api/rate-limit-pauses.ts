import { AgentBotError, type Clock } from "@agentbot/core";
import type { FailedCall } from "./map-github-error.js";

/** Pauses that GitHub's rate limits demand, by throttle key: requests during a limit make it last longer. */
export interface RateLimitPauses {
  /** Begins or prolongs a pause. */
  begin(throttleKey: string, durationMs: number): void;
  /**
   * Returns if no pause is under way.
   *
   * @throws AgentBotError `PROVIDER_UNAVAILABLE` with the rest of the pause
   */
  check(throttleKey: string, call: FailedCall): void;
}

/** No pause yet. (docs.github.com, "Best practices for using the REST API": wait as long as the answer demands) */
export function createRateLimitPauses(clock: Clock): RateLimitPauses {
  const endsAtMs = new Map<string, number>();
  return {
    begin(throttleKey, durationMs) {
      const endMs = clock.monotonicMs() + durationMs;
      endsAtMs.set(throttleKey, Math.max(endMs, endsAtMs.get(throttleKey) ?? 0));
    },
    check(throttleKey, { doing, subject }) {
      const leftMs = (endsAtMs.get(throttleKey) ?? 0) - clock.monotonicMs();
      if (leftMs > 0) {
        const message = `GitHub's rate limit ends in ${Math.ceil(leftMs / 1000)} s; ${doing} (${subject}) waits`;
        throw new AgentBotError("PROVIDER_UNAVAILABLE", message, { retryAfterMs: leftMs });
      }
      endsAtMs.delete(throttleKey);
    },
  };
}
