import {
  createPostgresPubSub,
  createPostgresQueue,
  createPostgresStore,
  migrate,
  openPostgresDatabase,
} from "@agentbot/adapter-postgres";
import {
  connectRedis,
  createRedisPubSub,
  createRedisQueue,
  createRedisRateLimiter,
  redisRetryStrategy,
} from "@agentbot/adapter-redis";
import { createAesKeyRing, createMetricsRegistry, createOutageReporter, type OutageReporter } from "@agentbot/core";
import { createCleanupStack } from "@agentbot/core/adapter";
import { createGitHubProvider } from "@agentbot/provider-github";
import { Redis } from "ioredis";
import { Pool } from "pg";
import type { ProcessSettings } from "../process-settings.js";
import { createLineLogger } from "./line-logger.js";

/** What gateway and worker have in common, composed as `examples/server` composes it. */
export async function composeShared(settings: ProcessSettings) {
  const { databaseUrl, redisUrl, github, concurrency } = settings;
  const cleanup = createCleanupStack();
  const logger = createLineLogger({ process: settings.name });
  const metrics = createMetricsRegistry({ version: "0.0.0" });
  let outages: OutageReporter | null = null;

  // Both servers are told which process speaks: a test can see who wrote what.
  const application_name = settings.name;
  const pool = new Pool({ connectionString: databaseUrl, max: 10 + concurrency, keepAlive: true, application_name });
  cleanup.push(() => pool.end());
  const database = openPostgresDatabase({ pool });
  await migrate(database);
  const keyRing = createAesKeyRing({ keys: [{ id: "k1", key: new Uint8Array(32).fill(7) }] });
  const store = createPostgresStore({ database, keyRing });

  const onRedis = async (url: string) => {
    const client = new Redis(url, { retryStrategy: redisRetryStrategy(), maxRetriesPerRequest: 1 });
    cleanup.push(() => client.disconnect());
    const connection = await connectRedis({ client, logger, onLost: (error) => void outages?.report(error) });
    cleanup.push(() => connection.stop());
    return {
      queue: createRedisQueue({ client }),
      pubSub: createRedisPubSub({ client }),
      failedVerifications: createRedisRateLimiter({
        client,
        name: "failed-verifications",
        limit: 100,
        windowMs: 60_000,
      }),
      redis: connection.probe,
    };
  };
  const queueParts = redisUrl
    ? await onRedis(redisUrl)
    : { queue: createPostgresQueue({ database }), pubSub: createPostgresPubSub({ database }) };
  cleanup.push(() => queueParts.queue.close());
  cleanup.push(() => queueParts.pubSub.close());
  outages = createOutageReporter({ store, queue: queueParts.queue, logger });
  cleanup.push(() => outages?.close());

  const namedFetch: typeof fetch = (input, init) => {
    const headers = new Headers(init?.headers);
    headers.set("x-world-process", settings.name);
    return fetch(input, { ...init, headers });
  };
  const providers = [createGitHubProvider({ ...github, logger, metrics, fetch: namedFetch })];
  return { store, ...queueParts, providers, metrics, outages, logger, cleanup };
}
