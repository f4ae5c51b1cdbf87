import { type LifecycleEvents, type Logger, refuseSetupErrors } from "@agentbot/core";
import { once } from "@agentbot/core/adapter";
import { createNodeServer } from "@agentbot/core/node";
import { composeBot } from "./compose/compose-bot.js";
import { routesOf } from "./compose/compose-outgoing.js";
import type { ServerAdapters } from "./compose/server-adapters.js";
import type { Environment } from "./environment/environment-schema.js";
import { createHttpApp } from "./http/create-http-app.js";
import { closeHttpServer, listen } from "./http/listen.js";
import { countRequests } from "./http/requests-in-flight.js";
import { version } from "./version.js";

/** How long requests in flight may take at the end, in milliseconds. */
const lastRequestsMs = 2000;
/** How long requests that arrived meanwhile may take, in milliseconds. */
const latestRequestsMs = 1000;

/** A running server. */
export interface RunningServer {
  /** Where it listens, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Drains, lets runs end for their grace period, then closes everything. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Composes the bot in its role, checks its set-up and serves it on one port. Each warning of the check is a line of the log.
 *
 * @throws AgentBotError `CONFIGURATION_INVALID` if the check finds an error or it cannot listen there; the adapters are closed then
 */
export async function startServer(environment: Environment, adapters: ServerAdapters): Promise<RunningServer> {
  const { role, logger, events, cleanup } = adapters;
  logTasks(events, logger);
  const { gateway, worker, check, stop } = composeBot(environment, adapters);
  const app = createHttpApp(gateway, {
    corsOrigins: environment.CORS_ORIGINS,
    isWorker: role === "worker",
  });
  const http = createNodeServer(app, { logger, trustedProxies: environment.TRUSTED_PROXIES });
  const requests = countRequests(http);
  const listening = check(new AbortController()).then((problems) => {
    refuseSetupErrors(problems, logger);
    return listen(http, { host: environment.HOST, port: environment.PORT });
  });
  const { address, family, port } = await listening.catch(async (error: unknown) => {
    await cleanup.run();
    throw error;
  });
  // A process without runs has its whole grace for requests.
  const requestsMs = worker ? lastRequestsMs : environment.SHUTDOWN_GRACE_SECONDS * 1000;
  cleanup.push(stop);
  cleanup.push(() => closeHttpServer(http, latestRequestsMs));
  cleanup.push(() => requests.ended(requestsMs));
  if (worker) {
    cleanup.push(() => worker.stop());
    await worker.start();
  }

  warnOfSettings(environment, adapters);
  const extraCertificates = environment.NODE_EXTRA_CA_CERTS ?? null;
  logger.info({ ...routesOf(environment), extraCertificates }, "Outgoing connections");
  const url = `http://${family === "IPv6" ? `[${address}]` : address}:${port}`;
  logger.info({ url, port, role, version }, "The server listens");
  return {
    url,
    stop: once(async () => {
      gateway.drain();
      http.closeIdleConnections();
      await cleanup.run();
    }),
  };
}

/** Logs the begin and the end of every attempt, so that the log alone shows the history of a task. */
function logTasks(events: LifecycleEvents, logger: Logger): void {
  events.on("task:begun", ({ task: { id: taskId, attempt, trigger, repository, origin } }) => {
    const facts = { taskId, attempt, trigger, repository: repository?.path ?? null, url: origin.url };
    logger.info(facts, "Task begun");
  });
  events.on("task:settled", ({ taskId, settlement }) => {
    const reason = "reason" in settlement ? settlement.reason : null;
    logger.info({ taskId, status: settlement.status, reason }, "Task settled");
  });
}

/** Warns of settings that work but may not be intended. */
function warnOfSettings(environment: Environment, adapters: ServerAdapters): void {
  const { GITHUB_WEBHOOK_SECRET: secret, AGENTBOT_ADMIN_TOKEN: token } = environment;
  const { logger, providers } = adapters;
  if (adapters.role !== "gateway" && adapters.sandbox.name === "none")
    logger.warn({}, "AGENT_SANDBOX=none: the agent runs without a sandbox on this machine");
  if (providers.length === 0)
    logger.warn(
      {},
      "No provider is configured, so every webhook answers 404; set GITHUB_APP_ID, GITHUB_PRIVATE_KEY and GITHUB_WEBHOOK_SECRET",
    );
  if (secret !== undefined && secret.length < 8)
    logger.warn({}, "GITHUB_WEBHOOK_SECRET has less than 8 characters: it can be guessed, and logs cannot hide it");
  if (token !== undefined && token.length < 32)
    logger.warn({}, "AGENTBOT_ADMIN_TOKEN has less than 32 characters: only NODE_ENV=development accepts it");
}
