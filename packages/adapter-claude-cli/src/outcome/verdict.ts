import type { AgentFailureReason } from "@agentbot/core";

/** What a run came to, before the figures are added. */
export interface Verdict {
  /** Null: it succeeded. */
  readonly reason: AgentFailureReason | null;
  readonly isRetryable: boolean;
  /** In the agent's words, or ours. */
  readonly summary: string;
}

/** A failure that would be the same the next time; the CLI has already repeated what is worth repeating. */
export function finalFailure(reason: AgentFailureReason, summary: string): Verdict {
  return { reason, isRetryable: false, summary };
}

/** A failure that another try may cure. */
export function passingFailure(reason: AgentFailureReason, summary: string): Verdict {
  return { reason, isRetryable: true, summary };
}
