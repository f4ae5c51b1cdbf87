import type { Gateway, Logger, Worker } from "@agentbot/core";
import type { CleanupStack } from "@agentbot/core/adapter";
import { createNodeServer } from "@agentbot/core/node";
import { createHttpApp } from "../../../../examples/server/src/http/create-http-app.js";
import { closeHttpServer, listen } from "../../../../examples/server/src/http/listen.js";
import { countRequests } from "../../../../examples/server/src/http/requests-in-flight.js";
import type { ProcessSettings } from "../process-settings.js";

/** How long requests in flight may take at the end, in milliseconds, and those that still came while they did. */
const lastRequestsMs = 5000;
const latestRequestsMs = 1000;

/** Serves a gateway as the server of `examples/server` does, starts the worker, and ends both on SIGTERM. */
export async function serve(
  settings: ProcessSettings,
  { logger, cleanup }: { readonly logger: Logger; readonly cleanup: CleanupStack },
  { gateway, worker }: { readonly gateway: Gateway; readonly worker: Worker | null },
): Promise<void> {
  const http = createNodeServer(createHttpApp(gateway, { corsOrigins: [] }), { logger });
  const requests = countRequests(http);
  await listen(http, { host: "127.0.0.1", port: settings.port });
  cleanup.push(() => gateway.close());
  cleanup.push(() => closeHttpServer(http, latestRequestsMs));
  cleanup.push(() => requests.ended(lastRequestsMs));
  if (worker) {
    cleanup.push(() => worker.stop());
    await worker.start();
  }
  process.on("SIGTERM", () => {
    logger.info({}, "stopping");
    gateway.drain();
    http.closeIdleConnections();
    void cleanup.run().finally(() => process.exit(0));
  });
  process.stdout.write(`${JSON.stringify({ message: "ready" })}\n`);
}
