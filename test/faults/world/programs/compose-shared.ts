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

/** The parts of gateway and worker, composed as `examples/server` composes them. */
export async function composeShared(settings: ProcessSettings) {
  const { databaseUrl, redisUrl, github, concurrency } = settings;
  const cleanup = createCleanupStack();
  const logger = createLineLogger({ process: settings.name });
  const metrics = createMetricsRegistry({ version: "0.0.0" });
  let outages: OutageReporter | null = null;

  // Connections carry the name of the process, so that a test can attribute each write.
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
    const limit = { name: "failed-verifications", limit: 100, windowMs: 60_000 };
    return {
      queue: createRedisQueue({ client }),
      pubSub: createRedisPubSub({ client }),
      gatewayOptions: {
        failedVerifications: createRedisRateLimiter({ client, ...limit }),
        health: { checks: { redis: connection.probe } },
      },
    };
  };
  const onPostgres = () => ({
    queue: createPostgresQueue({ database }),
    pubSub: createPostgresPubSub({ database }),
    gatewayOptions: {},
  });
  const { queue, pubSub, gatewayOptions } = redisUrl ? await onRedis(redisUrl) : onPostgres();
  cleanup.push(() => queue.close());
  cleanup.push(() => pubSub.close());
  outages = createOutageReporter({ store, queue, logger });
  cleanup.push(() => outages?.close());

  const namedFetch: typeof fetch = (input, init) => {
    const headers = new Headers(init?.headers);
    headers.set("x-world-process", settings.name);
    return fetch(input, { ...init, headers });
  };
  const providers = [createGitHubProvider({ ...github, logger, metrics, fetch: namedFetch })];
  return { shared: { store, queue, pubSub, providers, metrics, outages, logger }, gatewayOptions, cleanup };
}
