import { createPostgresPubSub, createPostgresQueue } from "@agentbot/adapter-postgres";
import {
  connectRedis,
  createRedisPubSub,
  createRedisQueue,
  createRedisRateLimiter,
  type RedisConnection,
  redisRetryStrategy,
} from "@agentbot/adapter-redis";
import { AgentBotError, type RateLimiter } from "@agentbot/core";
import { createMemoryPubSub, createMemoryQueue, createMemoryRateLimiter } from "@agentbot/core/memory";
import { Redis } from "ioredis";
import type { Environment } from "../environment/environment-schema.js";
import type { ComposeTools } from "./compose-context.js";
import type { StoreAdapters } from "./compose-store.js";
import type { SharedAdapters } from "./server-adapters.js";

/** The queue, its notifications and the limits that are counted beside it. */
export type QueueAdapters = Pick<
  SharedAdapters,
  "queue" | "pubSub" | "failedVerifications" | "userTasks" | "repositoryTasks" | "redis"
>;

/** Failed verifications of one address within a minute, counted over all gateways. */
const failedVerifications = { name: "failed-verifications", limit: 100, windowMs: 60_000 };
const quotaWindowMs = 3_600_000;

/** The queue: on Redis when there is a `REDIS_URL`, else on the store's PostgreSQL, else in memory when embedded. */
export async function composeQueue(
  environment: Environment,
  databases: Pick<StoreAdapters, "sharedDatabase" | "healthDatabase">,
  tools: RedisTools,
): Promise<QueueAdapters> {
  const adapters =
    environment.REDIS_URL !== undefined
      ? await onRedis(environment.REDIS_URL, environment, tools)
      : {
          ...withoutRedis(databases, limitOf(environment)),
          redis: null,
          ...composeQuotas(environment, ({ limit, windowMs }) => createMemoryRateLimiter({ limit, windowMs })),
        };
  tools.cleanup.push(() => adapters.queue.close());
  tools.cleanup.push(() => adapters.pubSub.close());
  return adapters;
}

/** Maximum number of tasks that run at once for one installation, over all workers. */
interface InstallationLimit {
  readonly installationConcurrency?: number;
}

function limitOf({ INSTALLATION_CONCURRENCY: limit }: Environment): InstallationLimit {
  return limit === 0 ? {} : { installationConcurrency: limit };
}

function withoutRedis(
  { sharedDatabase: database, healthDatabase }: Pick<StoreAdapters, "sharedDatabase" | "healthDatabase">,
  limit: InstallationLimit,
): Pick<QueueAdapters, "queue" | "pubSub"> {
  const health = healthDatabase ? { healthDatabase } : {};
  return database
    ? { queue: createPostgresQueue({ database, ...health, ...limit }), pubSub: createPostgresPubSub({ database }) }
    : { queue: createMemoryQueue(limit), pubSub: createMemoryPubSub() };
}

async function onRedis(url: string, environment: Environment, tools: RedisTools): Promise<QueueAdapters> {
  const { client, connection } = await openRedis(url, tools);
  return {
    queue: createRedisQueue({ client, ...limitOf(environment) }),
    pubSub: createRedisPubSub({ client }),
    failedVerifications: createRedisRateLimiter({ client, ...failedVerifications }),
    ...composeQuotas(environment, (quota) => createRedisRateLimiter({ client, ...quota })),
    redis: connection.probe,
  };
}

/** A quota; without Redis each worker counts its own. */
interface Quota {
  readonly name: string;
  readonly limit: number;
  readonly windowMs: number;
}

function composeQuotas(
  { USER_TASKS_PER_HOUR, REPOSITORY_TASKS_PER_HOUR }: Environment,
  create: (quota: Quota) => RateLimiter,
): Pick<QueueAdapters, "userTasks" | "repositoryTasks"> {
  return {
    userTasks: create({ name: "user-tasks", limit: USER_TASKS_PER_HOUR, windowMs: quotaWindowMs }),
    repositoryTasks: create({ name: "repository-tasks", limit: REPOSITORY_TASKS_PER_HOUR, windowMs: quotaWindowMs }),
  };
}

/** Tools of {@link openRedis}. */
interface RedisTools extends ComposeTools {
  /** Called when the connection is lost. */
  readonly onLost: (error: AgentBotError) => void;
}

/**
 * A Redis that answers, reconnected for ever.
 *
 * @throws AgentBotError `CONFIGURATION_INVALID` naming the host, never the password, when it does not answer in time or has
 * no such database
 */
async function openRedis(
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
    if (!AgentBotError.isInstance(error)) throw error;
    throw new AgentBotError("CONFIGURATION_INVALID", `REDIS_URL: ${error.message}`, { cause: error });
  }
}
