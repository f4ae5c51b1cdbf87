import { once } from "@agentbot/core/adapter";
import { composeBot } from "./compose/compose-bot.js";
import type { ServerParts } from "./compose/server-parts.js";
import type { Environment } from "./environment/environment-schema.js";
import { createHttpApp } from "./http/create-http-app.js";
import { listen } from "./http/listen.js";
import { countRequests } from "./http/requests-in-flight.js";
import { closeHttpServer, serveGateway } from "./http/serve-gateway.js";
import { logTasks } from "./log/log-tasks.js";
import { version } from "./version.js";
import { warnOfSettings } from "./warn-of-settings.js";

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
 * Composes the bot in its role and serves it on one port.
 *
 * @throws AgentBotError `CONFIGURATION_INVALID` if it cannot listen there; the parts are closed then
 */
export async function startServer(environment: Environment, parts: ServerParts): Promise<RunningServer> {
  const { role, logger, events, cleanup } = parts;
  logTasks(events, logger);
  const { gateway, worker, stop } = composeBot(environment, parts);
  const app = createHttpApp(gateway, {
    corsOrigins: environment.CORS_ORIGINS,
    adminToken: environment.AGENTBOT_ADMIN_TOKEN,
    isWorker: role === "worker",
  });
  const http = serveGateway(app, logger);
  const requests = countRequests(http);
  const listening = listen(http, { host: environment.HOST, port: environment.PORT });
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

  warnOfSettings(environment, parts);
  const url = `http://${family === "IPv6" ? `[${address}]` : address}:${port}`;
  logger.info({ url, port, role, version }, "agentbot listens");
  return {
    url,
    stop: once(async () => {
      gateway.drain();
      http.closeIdleConnections();
      await cleanup.run();
    }),
  };
}
