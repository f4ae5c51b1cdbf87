import { createGateway, createWorker, type Gateway, type GatewayOptions, type Worker } from "@agentbot/core";
import type { Environment } from "../environment/environment-schema.js";
import { secretsOf } from "../environment/secrets-of.js";
import { version } from "../version.js";
import type { ServerParts, WorkingRoleParts } from "./server-parts.js";

/** The halves of the bot that a role has. */
export interface Bot {
  /** Answers requests; for a worker only health, liveness, readiness and metrics. */
  readonly gateway: Gateway;
  readonly worker: Worker | null;
}

/** Makes gateway and worker of the parts; neither is started. */
export function composeBot(environment: Environment, parts: ServerParts): Bot {
  const { role } = parts;
  if (role === "gateway") {
    const gateway = createGateway({ ...parts, ...adminOf(environment), version, healthFacts: { role } });
    return { gateway, worker: null };
  }
  const worker = composeWorker(environment, parts);
  const gateway = createGateway({
    ...parts,
    // A worker receives no webhooks and serves no API: whoever asks it by mistake is told so.
    ...(role === "worker" ? { providers: [] } : adminOf(environment)),
    version,
    readiness: [worker.readiness],
    healthFacts: { sandbox: parts.sandbox.name, role },
  });
  return { gateway, worker };
}

/** The admin API, where there is a token for it. */
function adminOf(environment: Environment): Pick<GatewayOptions, "admin"> {
  const { AGENTBOT_ADMIN_TOKEN: token } = environment;
  return token === undefined ? {} : { admin: { token, secrets: secretsOf(environment) } };
}

function composeWorker(environment: Environment, parts: WorkingRoleParts): Worker {
  return createWorker({
    ...parts,
    botName: environment.AGENTBOT_NAME,
    secrets: secretsOf(environment),
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
