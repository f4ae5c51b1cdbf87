import { createPostgresPubSub, type openPostgresDatabase } from "@agentbot/adapter-postgres";
import { createRedisPubSub } from "@agentbot/adapter-redis";
import type { PubSub } from "@agentbot/core";
import { Redis } from "ioredis";

/** Wake-ups through Redis where there is a URL, else through the database; and the end of them. */
export function openPubSub(
  database: ReturnType<typeof openPostgresDatabase>,
  redisUrl: string | null,
): { readonly pubSub: PubSub; close(): Promise<void> } {
  if (redisUrl === null) {
    const pubSub = createPostgresPubSub({ database });
    return { pubSub, close: () => pubSub.close() };
  }
  const client = new Redis(redisUrl);
  const pubSub = createRedisPubSub({ client });
  return {
    pubSub,
    async close() {
      await pubSub.close();
      client.disconnect();
    },
  };
}
