import {
  createLifecycleEvents,
  createMetricsRegistry,
  createOutageReporter,
  type OutageReporter,
} from "@agentbot/core";
import { createCleanupStack } from "@agentbot/core/adapter";
import type { Environment } from "../environment/environment-schema.js";
import { version } from "../version.js";
import { composeAgent } from "./compose-agent.js";
import type { ComposeContext } from "./compose-context.js";
import { composeProviders } from "./compose-providers.js";
import { composeQueue } from "./compose-queue.js";
import { composeStore } from "./compose-store.js";
import type { ServerParts, SharedParts } from "./server-parts.js";

/** Opens what the environment names and makes every adapter that its role needs. What a failed start opened is closed. */
export async function composeParts(environment: Environment, context: ComposeContext): Promise<ServerParts> {
  const cleanup = createCleanupStack();
  try {
    const role = environment.AGENTBOT_ROLE;
    if (role === "gateway") return { role, ...(await composeShared(environment, context, cleanup)) };
    const agentParts = await composeAgent(environment, context);
    return { role, ...(await composeShared(environment, context, cleanup)), ...agentParts };
  } catch (error) {
    await cleanup.run().catch(() => {});
    throw error;
  }
}

async function composeShared(
  environment: Environment,
  { logger, tracer }: ComposeContext,
  cleanup: SharedParts["cleanup"],
): Promise<SharedParts> {
  const metrics = createMetricsRegistry({ version, agent: environment.AGENT_CLI });
  const providers = composeProviders(environment, { logger, metrics });
  const events = createLifecycleEvents({ logger });
  let outages: OutageReporter | null = null;
  const onLost = (error: unknown): void => void outages?.report(error);
  const { store, sharedDatabase } = await composeStore(environment, { logger, cleanup });
  const queueParts = await composeQueue(environment, sharedDatabase, { logger, cleanup, onLost });
  outages = createOutageReporter({ store, queue: queueParts.queue, logger, ...subjectNames(environment) });
  cleanup.push(() => outages?.close());
  const traced = tracer ? { tracer } : {};
  return { store, ...queueParts, providers, events, metrics, ...traced, outages, logger, cleanup };
}

/** What the log calls store and queue. */
function subjectNames({ DATABASE_URL: databaseUrl, REDIS_URL: redisUrl }: Environment) {
  const storeName = databaseUrl === undefined ? "The embedded database" : "PostgreSQL";
  const queueName = redisUrl === undefined ? storeName : "Redis";
  return { storeName, queueName };
}
