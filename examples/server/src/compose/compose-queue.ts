import { createPostgresQueue, createPostgresWakeups, type SqlDatabase } from "@agentbot/adapter-postgres";
import { createRedisQueue, createRedisRateLimiter, createRedisWakeups } from "@agentbot/adapter-redis";
import { createMemoryQueue, createMemoryWakeups } from "@agentbot/core/memory";
import type { Environment } from "../environment/environment-schema.js";
import { openRedis, type RedisTools } from "./open-redis.js";
import type { SharedParts } from "./server-parts.js";

/** What hands tasks over and wakes who waits. */
export type QueueParts = Pick<SharedParts, "queue" | "wakeups" | "failedVerifications" | "redis">;

/** Failed verifications of one address within a minute, counted over all gateways. */
const failedVerifications = { name: "failed-verifications", limit: 100, windowMs: 60_000 };

/** The queue: on Redis when there is a `REDIS_URL`, else on the store's PostgreSQL, else in memory when embedded. */
export async function composeQueue(
  { REDIS_URL: redisUrl }: Environment,
  sharedDatabase: SqlDatabase | null,
  tools: RedisTools,
): Promise<QueueParts> {
  const parts =
    redisUrl !== undefined
      ? await onRedis(redisUrl, tools)
      : sharedDatabase
        ? {
            queue: createPostgresQueue({ database: sharedDatabase }),
            wakeups: createPostgresWakeups({ database: sharedDatabase }),
          }
        : { queue: createMemoryQueue(), wakeups: createMemoryWakeups() };
  tools.cleanup.push(() => parts.queue.close());
  tools.cleanup.push(() => parts.wakeups.close());
  return parts;
}

async function onRedis(url: string, tools: RedisTools): Promise<QueueParts> {
  const { client, connection } = await openRedis(url, tools);
  return {
    queue: createRedisQueue({ client }),
    wakeups: createRedisWakeups({ client }),
    failedVerifications: createRedisRateLimiter({ client, ...failedVerifications }),
    redis: connection.probe,
  };
}
