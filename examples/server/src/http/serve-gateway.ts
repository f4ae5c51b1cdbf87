import { createServer, type Server } from "node:http";
import type { Logger } from "@agentbot/core";
import { answerClientErrors, type FetchHandler, toNodeHandler } from "@agentbot/core/node";

/** Maximum time for the headers, and for the whole request, of a client that has begun to send, in milliseconds. */
const headersTimeoutMs = 10_000;
const requestTimeoutMs = 30_000;
/**
 * How long a connection without a request stays open, in milliseconds: longer than a proxy keeps one (nginx's upstream
 * keepalive_timeout is 60 s), which would else send a webhook on a connection that is being closed, and answer it 502.
 */
const keepAliveTimeoutMs = 75_000;
/** How often that is looked at, in milliseconds. */
const checkIntervalMs = 1000;

/** An HTTP server over the gateway, or what surrounds it; it does not listen yet. */
export function serveGateway(gateway: FetchHandler, logger: Logger): Server {
  const server = createServer(
    {
      headersTimeout: headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: keepAliveTimeoutMs,
      connectionsCheckingInterval: checkIntervalMs,
      // Node would refuse with an empty body; the handler refuses as it does everything else.
      requireHostHeader: false,
    },
    toNodeHandler(gateway, { logger }),
  );
  // A sender that asks first is refused before it sends its body.
  server.on("checkContinue", toNodeHandler(gateway, { logger, isCheckContinue: true }));
  answerClientErrors(server, { logger });
  return server;
}

/** Stops listening, lets requests in flight end for `graceMs`, then cuts what is left: a silent client holds nothing up. */
export async function closeHttpServer(server: Server, graceMs: number): Promise<void> {
  const timer = setTimeout(() => server.closeAllConnections(), graceMs);
  await new Promise<void>((resolve) => server.close(() => resolve()));
  clearTimeout(timer);
}
