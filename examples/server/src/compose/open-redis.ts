import { connectRedis, type RedisConnection, redisRetryStrategy } from "@agentbot/adapter-redis";
import { AgentBotError } from "@agentbot/core";
import { Redis } from "ioredis";
import type { ComposeTools } from "./compose-context.js";

/** Tools of {@link openRedis}. */
export interface RedisTools extends ComposeTools {
  /** Called when the connection is lost. */
  readonly onLost: (error: AgentBotError) => void;
}

/**
 * A Redis that answers, reconnected for ever.
 *
 * @throws AgentBotError `CONFIGURATION_INVALID` naming the host, never the password, when it does not answer in time
 */
export async function openRedis(
  url: string,
  { logger, cleanup, onLost }: RedisTools,
): Promise<{ readonly client: Redis; readonly connection: RedisConnection }> {
  const client = new Redis(url, { retryStrategy: redisRetryStrategy(), maxRetriesPerRequest: 1 });
  cleanup.push(() => client.disconnect());
  try {
    const connection = await connectRedis({ client, logger, onLost });
    cleanup.push(() => connection.stop());
    return { client, connection };
  } catch (error) {
    if (!AgentBotError.hasCode(error, "QUEUE_UNAVAILABLE")) throw error;
    throw new AgentBotError("CONFIGURATION_INVALID", `REDIS_URL: ${error.message}`, { cause: error });
  }
}
