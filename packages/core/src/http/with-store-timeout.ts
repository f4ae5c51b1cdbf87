import { AgentBotError } from "../errors/agentbot-error.js";
import { withDeadline } from "../lifecycle/deadline.js";

/**
 * Bounds how long a sender waits for the store: one that hangs is as unavailable as one that refuses. A write that arrives
 * late is harmless, since the next try of the same delivery is a duplicate.
 *
 * @throws AgentBotError `STORE_UNAVAILABLE` after `timeoutMs`.
 */
export function withStoreTimeout<Value>(answer: Promise<Value>, timeoutMs: number): Promise<Value> {
  return withDeadline(
    answer,
    timeoutMs,
    () => new AgentBotError("STORE_UNAVAILABLE", `The store has not answered within ${timeoutMs} ms`),
  );
}
