import { AgentBotError } from "@agentbot/core";
import { withDeadline } from "@agentbot/core/adapter";
import { isConnected } from "./connection-monitor.js";
import { describeAddress, type RedisClient } from "./redis-client.js";

/**
 * Sends a command and waits at most `timeoutMs`. While the connection is down it fails at once, whatever the client does
 * with commands until then: no caller may wait for Redis. Only the first attempt to connect again is waited for.
 *
 * @throws AgentBotError `QUEUE_UNAVAILABLE`; Redis' own error if it refuses the command itself
 */
export async function send(
  client: RedisClient,
  command: string,
  args: (string | number)[],
  timeoutMs: number,
): Promise<unknown> {
  if (!(await isConnected(client))) throw unavailable(client, `its connection is "${client.status}"`);
  try {
    return await withDeadline(client.call(command, args), timeoutMs, () =>
      unavailable(client, `no answer within ${timeoutMs} ms`),
    );
  } catch (error) {
    if (AgentBotError.isInstance(error) || isRefusal(error)) throw error;
    throw unavailable(client, "see the cause", withoutCommand(error));
  }
}

/** Error replies that are about the server's state, not about the command. */
const statePattern =
  /^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|BUSY|OOM|NOAUTH|WRONGPASS|MISCONF|NOREPLICAS)\b/;

/** Redis refused the command for its content: a bug. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && error.name === "ReplyError" && !statePattern.test(error.message);
}

function unavailable(client: RedisClient, why: string, cause?: unknown): AgentBotError {
  return new AgentBotError("QUEUE_UNAVAILABLE", `Redis at ${describeAddress(client)} does not answer: ${why}.`, {
    cause,
  });
}

/** An ioredis error without the command it carries: that of a refused AUTH contains the password. */
export function withoutCommand(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  const plain = new Error(error.message);
  plain.name = error.name;
  const code: unknown = Reflect.get(error, "code");
  return typeof code === "string" ? Object.assign(plain, { code }) : plain;
}
