import { createRedisQueue } from "@agentbot/adapter-redis";
import { Redis } from "ioredis";
import { Client } from "pg";
import type { World } from "./start-world.js";

/** Redis as the test itself sees it. */
export interface QueueIndex {
  /** Tasks that the store has as queued. */
  queued(): Promise<number>;
  /** Queued tasks of the store minus entries of the queue: 0 or less when all are back, infinite while Redis is silent. */
  missing(): Promise<number>;
  /** Empties Redis, as a failover to an empty replica would. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** Looks at the queue of a world on Redis. */
export async function openQueueIndex({ redis, databaseUrl }: World): Promise<QueueIndex> {
  const client = new Redis(redis?.url ?? "", { retryStrategy: () => 50, maxRetriesPerRequest: null });
  client.on("error", () => {});
  const queue = createRedisQueue({ client });
  const database = new Client(databaseUrl);
  await database.connect();
  const queued = async (): Promise<number> => {
    const { rows } = await database.query("SELECT count(*)::int AS queued FROM tasks WHERE status = 'queued'");
    return Number(rows[0]?.queued);
  };
  return {
    queued,
    async missing() {
      const stats = await queue.stats().catch(() => null);
      if (stats === null) return Number.POSITIVE_INFINITY;
      return (await queued()) - stats.waiting - stats.delayed - stats.claimed;
    },
    async flush() {
      await client.flushall();
    },
    async close() {
      await queue.close();
      client.disconnect();
      await database.end();
    },
  };
}
