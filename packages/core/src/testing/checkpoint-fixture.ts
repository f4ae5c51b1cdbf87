import type { AgentOutcome } from "../task/agent-outcome.js";
import type { Checkpoint } from "../task/checkpoint.js";

/** How a successful run of an agent ended, for tests. */
export function agentOutcomeFixture(overrides: Partial<AgentOutcome> = {}): AgentOutcome {
  return {
    status: "succeeded",
    reason: null,
    isRetryable: false,
    summary: "Waited for the server before the first request.",
    sessionId: "session-1",
    model: "model-1",
    turns: 3,
    usage: { costUsd: 0.25, inputTokens: 1200, outputTokens: 340, cacheReadTokens: 5600, cacheCreationTokens: 70 },
    ...overrides,
  };
}

/** A finished checkpoint with every byte value in its bundle, for tests. */
export function checkpointFixture(overrides: Partial<Checkpoint> = {}): Checkpoint {
  return {
    isFinished: true,
    outcome: agentOutcomeFixture(),
    commit: "1f6a7c0d5b0f4f7e8f64f5f0a3f86a3ad5f1b0c2",
    baseCommit: "9c2f0c0de0a54c8e9d0d6f1a2b3c4d5e6f708192",
    diffStat: " README.md | 2 +-\n 1 file changed",
    leftOut: null,
    bundle: Uint8Array.from({ length: 1024 }, (_, index) => index % 256),
    ...overrides,
  };
}
