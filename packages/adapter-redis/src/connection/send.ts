import { AgentBotError } from "@agentbot/core";
import { describeAddress } from "./describe-address.js";
import type { RedisClient } from "./redis-client.js";
import { withoutCommand } from "./without-command.js";

/**
 * Sends a command and waits at most `timeoutMs`. While the connection is down it fails at once, whatever the client is
 * told to do with commands until then: nobody may wait for Redis.
 *
 * @throws AgentBotError `QUEUE_UNAVAILABLE`, but what Redis itself answers to the command is thrown as it is
 */
export async function send(
  client: RedisClient,
  command: string,
  args: (string | number)[],
  timeoutMs: number,
): Promise<unknown> {
  if (client.status !== "ready") throw unavailable(client, `its connection is "${client.status}"`);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(unavailable(client, `no answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([client.call(command, args), late]);
  } catch (error) {
    if (AgentBotError.isInstance(error) || isReply(error)) throw error;
    throw unavailable(client, "see the cause", withoutCommand(error));
  } finally {
    clearTimeout(timer);
  }
}

/** Answers that tell of the server's state, not of the command. */
const statePattern =
  /^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|BUSY|OOM|NOAUTH|WRONGPASS|MISCONF|NOREPLICAS)\b/;

/** Redis refused the command for what it says: a bug. */
function isReply(error: unknown): boolean {
  return error instanceof Error && error.name === "ReplyError" && !statePattern.test(error.message);
}

function unavailable(client: RedisClient, why: string, cause?: unknown): AgentBotError {
  return new AgentBotError("QUEUE_UNAVAILABLE", `Redis at ${describeAddress(client)} does not answer: ${why}.`, {
    cause,
  });
}
