import { AgentBotError } from "../errors/agentbot-error.js";

/**
 * Asks the store on behalf of a sender who waits: a store that hangs is as unavailable as one that refuses. A write that
 * arrives late does no harm, since the next try of the same delivery is a duplicate.
 *
 * @throws AgentBotError `STORE_UNAVAILABLE` after `timeoutMs`.
 */
export async function withStoreTimeout<Value>(ask: Promise<Value>, timeoutMs: number): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const message = `The store has not answered within ${timeoutMs} ms`;
    timer = setTimeout(() => reject(new AgentBotError("STORE_UNAVAILABLE", message)), timeoutMs);
  });
  try {
    return await Promise.race([ask, late]);
  } finally {
    clearTimeout(timer);
  }
}
