import { createGateway, createWorker, once } from "@agentbot/core";
import type { ServerParts } from "./compose/server-parts.js";
import { type Environment, secretNames } from "./environment/environment-schema.js";
import { listen } from "./http/listen.js";
import { closeHttpServer, serveGateway } from "./http/serve-gateway.js";
import { logTasks } from "./log-tasks.js";
import { version } from "./version.js";

/** How long requests in flight may take at the end, in milliseconds. */
const lastRequestsMs = 2000;

/** A running server. */
export interface RunningServer {
  /** Where it listens, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Drains, lets runs end for their grace period, then closes everything. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Composes gateway and worker from the parts and serves them on one port.
 *
 * @throws AgentBotError `CONFIGURATION_INVALID` when it cannot listen there; the parts are closed then
 */
export async function startServer(environment: Environment, parts: ServerParts): Promise<RunningServer> {
  const { sandbox, logger, events, cleanup } = parts;
  logTasks(events, logger);
  const worker = createWorker({
    ...parts,
    botName: environment.AGENTBOT_NAME,
    secrets: secretNames.map((name) => environment[name]).filter((secret) => secret !== undefined),
    concurrency: environment.WORKER_CONCURRENCY,
    leaseMs: environment.LEASE_SECONDS * 1000,
    taskTimeoutMs: environment.TASK_TIMEOUT_SECONDS * 1000,
    maxAttempts: environment.TASK_MAX_ATTEMPTS,
    shutdownGraceMs: environment.SHUTDOWN_GRACE_SECONDS * 1000,
    taskBudgetUsd: environment.TASK_BUDGET_USD,
    dailyBudgetUsd: environment.DAILY_BUDGET_USD,
    reconcileIntervalMs: Math.min(10_000, environment.LEASE_SECONDS * 1000),
  });
  const gateway = createGateway({
    ...parts,
    version,
    readiness: [worker.readiness],
    healthFacts: { sandbox: sandbox.name, role: environment.AGENTBOT_ROLE },
  });

  const http = serveGateway(gateway, logger);
  const listening = listen(http, { host: environment.HOST, port: environment.PORT });
  const { address, family, port } = await listening.catch(async (error: unknown) => {
    await cleanup.run();
    throw error;
  });
  cleanup.push(() => closeHttpServer(http, lastRequestsMs));
  cleanup.push(() => gateway.close());
  cleanup.push(() => worker.stop());
  await worker.start();

  if (sandbox.name === "none") logger.warn({}, "AGENT_SANDBOX=none: the agent runs without a sandbox on this machine");
  if (parts.providers.length === 0)
    logger.warn(
      {},
      "No provider is configured, so every webhook answers 404; set GITHUB_APP_ID, GITHUB_PRIVATE_KEY and GITHUB_WEBHOOK_SECRET",
    );
  if (environment.GITHUB_WEBHOOK_SECRET !== undefined && environment.GITHUB_WEBHOOK_SECRET.length < 8)
    logger.warn({}, "GITHUB_WEBHOOK_SECRET has less than 8 characters: it can be guessed, and logs cannot hide it");
  const url = `http://${family === "IPv6" ? `[${address}]` : address}:${port}`;
  logger.info({ url, port, role: environment.AGENTBOT_ROLE, version }, "agentbot listens");
  return {
    url,
    stop: once(async () => {
      gateway.drain();
      http.closeIdleConnections();
      await cleanup.run();
    }),
  };
}
