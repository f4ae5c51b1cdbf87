import { createServer, type Server } from "node:http";
import { z } from "zod";
import { parseOptions } from "../errors/parse-options.js";
import { loggerSchema, portSchema } from "../errors/port-schema.js";
import type { Logger } from "../ports/logger.js";
import { answerClientErrors } from "./answer-client-errors.js";
import type { FetchHandler } from "./call-gateway.js";
import { toNodeHandler } from "./to-node-handler.js";

/** Options of {@link createNodeServer}. */
export interface NodeServerOptions {
  /** Logs what the gateway throws, and at `debug` each malformed request. @defaultValue silent */
  readonly logger?: Logger;
}

const optionsSchema = z.strictObject({
  gateway: portSchema<FetchHandler>("a gateway, e.g. from createGateway", ["fetch"]),
  logger: loggerSchema.optional(),
});

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

/**
 * Creates an HTTP server over a gateway, or over an application around it, that is ready for the internet: slow and silent
 * clients are cut, malformed requests are answered as every other error is, a client that asks first (`Expect: 100-continue`)
 * is refused before it sends its body, and idle connections outlive those of a proxy. It does not listen yet.
 *
 * @example
 * const server = createNodeServer(bot.gateway, { logger }).listen(8080);
 * @throws AgentBotError `CONFIGURATION_INVALID` for a wrong option.
 */
export function createNodeServer(gateway: FetchHandler, options: NodeServerOptions = {}): Server {
  const { logger } = parseOptions("createNodeServer", optionsSchema, { ...options, gateway });
  const logged = logger ? { logger } : {};
  const server = createServer(
    {
      headersTimeout: headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: keepAliveTimeoutMs,
      connectionsCheckingInterval: checkIntervalMs,
      // Node would refuse with an empty body; the handler refuses as it does everything else.
      requireHostHeader: false,
    },
    toNodeHandler(gateway, logged),
  );
  server.on("checkContinue", toNodeHandler(gateway, { ...logged, isCheckContinue: true }));
  answerClientErrors(server, logged);
  return server;
}
