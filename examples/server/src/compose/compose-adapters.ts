import {
  createLifecycleEvents,
  createMetricsRegistry,
  createOutageReporter,
  type Logger,
  type Metrics,
  type OutageReporter,
  type WebhookProvider,
} from "@agentbot/core";
import { createCleanupStack } from "@agentbot/core/adapter";
import { createGitHubProvider } from "@agentbot/provider-github";
import type { Environment } from "../environment/environment-schema.js";
import { version } from "../version.js";
import { composeAgent } from "./compose-agent.js";
import type { ComposeContext } from "./compose-context.js";
import { composeOutgoing, type Outgoing } from "./compose-outgoing.js";
import { composeQueue } from "./compose-queue.js";
import { composeStore } from "./compose-store.js";
import type { ServerAdapters, SharedAdapters } from "./server-adapters.js";

/** Opens the servers that the environment names and creates every adapter of its role. A failed start closes all it opened. */
export async function composeAdapters(environment: Environment, context: ComposeContext): Promise<ServerAdapters> {
  const cleanup = createCleanupStack();
  try {
    const role = environment.AGENTBOT_ROLE;
    const outgoing = composeOutgoing(environment);
    cleanup.push(outgoing.close);
    if (role === "gateway") return { role, ...(await composeShared(environment, outgoing, context, cleanup)) };
    const agentAdapters = await composeAgent(environment, outgoing, context);
    return { role, ...(await composeShared(environment, outgoing, context, cleanup)), ...agentAdapters };
  } catch (error) {
    await cleanup.run().catch(() => {});
    throw error;
  }
}

async function composeShared(
  environment: Environment,
  outgoing: Outgoing,
  { logger, tracer }: ComposeContext,
  cleanup: SharedAdapters["cleanup"],
): Promise<SharedAdapters> {
  const metrics = createMetricsRegistry({ version, agent: environment.AGENT_CLI });
  const providers = composeProviders(environment, {
    ...{ logger, metrics },
    ...(outgoing.fetch ? { fetch: outgoing.fetch } : {}),
  });
  const events = createLifecycleEvents({ logger });
  let outages: OutageReporter | null = null;
  const onLost = (error: unknown): void => void outages?.report(error);
  const { store, secrets, ...databases } = await composeStore(environment, { logger, cleanup });
  const queueAdapters = await composeQueue(environment, databases, { logger, cleanup, onLost });
  outages = createOutageReporter({ store, queue: queueAdapters.queue, logger, ...subjectNames(environment) });
  cleanup.push(() => outages?.close());
  const traced = tracer ? { tracer } : {};
  return { store, secrets, ...queueAdapters, providers, events, metrics, ...traced, outages, logger, cleanup };
}

/** The names of store and queue in the log. */
function subjectNames({ DATABASE_URL: databaseUrl, REDIS_URL: redisUrl }: Environment) {
  const storeName = databaseUrl === undefined ? "The embedded database" : "PostgreSQL";
  const queueName = redisUrl === undefined ? storeName : "Redis";
  return { storeName, queueName };
}

/** The providers that are configured: none is fine, half of one is refused before this. */
function composeProviders(
  environment: Environment,
  shared: { readonly logger: Logger; readonly metrics: Metrics; readonly fetch?: typeof globalThis.fetch },
): readonly WebhookProvider[] {
  const { GITHUB_APP_ID: appId, GITHUB_PRIVATE_KEY: privateKey, GITHUB_WEBHOOK_SECRET: webhookSecret } = environment;
  if (appId === undefined || privateKey === undefined || webhookSecret === undefined) return [];
  const github = createGitHubProvider({
    appId,
    privateKey,
    webhookSecret,
    name: environment.AGENTBOT_NAME,
    url: environment.GITHUB_URL,
    apiUrl: environment.GITHUB_API_URL,
    allowedBotIds: environment.GITHUB_ALLOWED_BOT_IDS,
    ...shared,
  });
  return [github];
}
