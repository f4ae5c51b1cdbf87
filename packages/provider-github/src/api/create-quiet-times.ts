import { AgentBotError, type Clock } from "@agentbot/core";
import type { FailedCall } from "./map-github-error.js";

/** Until when GitHub wants no requests of an installation, or of the App: asking on makes a limit last longer. */
export interface QuietTimes {
  /** Begins or prolongs a quiet time. */
  begin(pace: string, durationMs: number): void;
  /**
   * Lets a request pass where nobody has to be quiet.
   *
   * @throws AgentBotError `PROVIDER_UNAVAILABLE` with the rest of the time
   */
  check(pace: string, call: FailedCall): void;
}

/** No quiet time yet. (docs.github.com, "Best practices for using the REST API": wait as long as the answer says) */
export function createQuietTimes(clock: Clock): QuietTimes {
  const endsAtMs = new Map<string, number>();
  return {
    begin(pace, durationMs) {
      const endMs = clock.monotonicMs() + durationMs;
      endsAtMs.set(pace, Math.max(endMs, endsAtMs.get(pace) ?? 0));
    },
    check(pace, { doing, subject }) {
      const leftMs = (endsAtMs.get(pace) ?? 0) - clock.monotonicMs();
      if (leftMs > 0) {
        const message = `GitHub asked for no more requests ${Math.ceil(leftMs / 1000)} s from now; ${doing} (${subject}) waits`;
        throw new AgentBotError("PROVIDER_UNAVAILABLE", message, { retryAfterMs: leftMs });
      }
      endsAtMs.delete(pace);
    },
  };
}
