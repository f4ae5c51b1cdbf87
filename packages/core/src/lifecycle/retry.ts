import { AgentBotError } from "../errors/agentbot-error.js";
import { type BackOff, backOffMs } from "./back-off.js";
import { sleep } from "./sleep.js";

/** How {@link retry} tries again. */
export interface RetryOptions extends BackOff {
  /** Tries in all, the first included. */
  readonly attempts: number;
  readonly signal?: AbortSignal;
}

/** Tries `work` again while it throws a retryable {@link AgentBotError}; honours its `retryAfterMs`. */
export async function retry<Result>(work: () => Promise<Result>, options: RetryOptions): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      const isWorthIt = AgentBotError.isInstance(error) && error.retryable && attempt < options.attempts;
      if (!isWorthIt || options.signal?.aborted) throw error;
      await sleep(Math.max(backOffMs(attempt, options), error.retryAfterMs ?? 0), options.signal);
    }
  }
}
