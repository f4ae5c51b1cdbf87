import { createPostgresWakeups, type openPostgresDatabase } from "@agentbot/adapter-postgres";
import { createRedisWakeups } from "@agentbot/adapter-redis";
import type { Wakeups } from "@agentbot/core";
import { Redis } from "ioredis";

/** Wake-ups through Redis where there is a URL, else through the database; and the end of them. */
export function openWakeups(
  database: ReturnType<typeof openPostgresDatabase>,
  redisUrl: string | null,
): { readonly wakeups: Wakeups; close(): Promise<void> } {
  if (redisUrl === null) {
    const wakeups = createPostgresWakeups({ database });
    return { wakeups, close: () => wakeups.close() };
  }
  const client = new Redis(redisUrl);
  const wakeups = createRedisWakeups({ client });
  return {
    wakeups,
    async close() {
      await wakeups.close();
      client.disconnect();
    },
  };
}
