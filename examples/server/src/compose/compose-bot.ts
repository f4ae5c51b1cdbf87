import { type Bot, createBot, createGateway, type Gateway, type GatewayOptions, type Worker } from "@agentbot/core";
import type { Environment } from "../environment/environment-schema.js";
import { secretsOf } from "../environment/secrets-of.js";
import { version } from "../version.js";
import type { ServerAdapters } from "./server-adapters.js";

/** The halves of the bot in one role. A worker's gateway only serves health, liveness, readiness and metrics. */
export interface ServerBot {
  readonly gateway: Gateway;
  readonly worker: Worker | null;
  /** Returns what is wrong with everything that the role has. */
  readonly check: Bot["check"];
  /** Stops the worker, if there is one, and closes the gateway. Idempotent. */
  readonly stop: () => Promise<void>;
}

/** Composes the role's halves of the adapters; neither is started. */
export function composeBot(environment: Environment, adapters: ServerAdapters): ServerBot {
  if (adapters.role === "gateway") {
    const gateway = createGateway(gatewayOptions(environment, adapters));
    return { gateway, worker: null, check: gateway.check, stop: gateway.close };
  }
  const { agent, sandbox, workspaces, indexer, userTasks, repositoryTasks } = adapters;
  return createBot({
    ...gatewayOptions(environment, adapters),
    ...{ agent, sandbox, workspaces, indexer },
    ...(userTasks ? { userTasks } : {}),
    ...(repositoryTasks ? { repositoryTasks } : {}),
    botName: environment.AGENTBOT_NAME,
    secrets: [...secretsOf(environment), ...adapters.secrets],
    concurrency: environment.WORKER_CONCURRENCY,
    leaseMs: environment.LEASE_SECONDS * 1000,
    taskTimeoutMs: environment.TASK_TIMEOUT_SECONDS * 1000,
    maxAttempts: environment.TASK_MAX_ATTEMPTS,
    shutdownGraceMs: environment.SHUTDOWN_GRACE_SECONDS * 1000,
    taskBudgetUsd: environment.TASK_BUDGET_USD,
    dailyBudgetUsd: environment.DAILY_BUDGET_USD,
    reconcileIntervalMs: Math.min(10_000, environment.LEASE_SECONDS * 1000),
  });
}

function gatewayOptions(environment: Environment, adapters: ServerAdapters): GatewayOptions {
  const { role, store, queue, providers, pubSub, events, metrics, tracer, outages, logger } = adapters;
  const { failedVerifications, redis } = adapters;
  const { AGENTBOT_ADMIN_TOKEN: token, NODE_ENV } = environment;
  const isDevelopment = NODE_ENV === "development";
  return {
    ...{ store, queue, providers, pubSub, events, metrics, outages, logger, version },
    ...(tracer ? { tracer } : {}),
    ...(failedVerifications ? { failedVerifications } : {}),
    ...(token === undefined
      ? {}
      : { admin: { token, isDevelopment, secrets: [...secretsOf(environment), ...adapters.secrets] } }),
    health: {
      checks: { redis },
      facts: role === "gateway" ? { role } : { role, sandbox: adapters.sandbox.name },
    },
  };
}
