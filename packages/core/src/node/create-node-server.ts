import { createServer, type Server } from "node:http";
import { z } from "zod";
import { parseOptions } from "../errors/parse-options.js";
import { loggerSchema, portSchema } from "../errors/port-schema.js";
import { createSilentLogger } from "../logger/create-silent-logger.js";
import type { Logger } from "../ports/logger.js";
import type { ShapeOf } from "../task/shape-of.js";
import { answerClientErrors } from "./answer-client-errors.js";
import type { FetchHandler } from "./call-gateway.js";
import { createProxyCheck, trustedProxiesSchema } from "./client-address.js";
import { limitConnections } from "./limit-connections.js";
import { toNodeHandler } from "./to-node-handler.js";

/** Options of {@link createNodeServer}. */
export interface NodeServerOptions {
  /** Logs what the gateway throws, and at `debug` each malformed request. @defaultValue silent */
  readonly logger?: Logger;
  /** See {@link NodeHandlerOptions.trustedProxies}. Their connections are limited in all only. @defaultValue none */
  readonly trustedProxies?: readonly string[];
  /** Maximum number of connections; a new one takes the place of the one that is idle longest. @defaultValue 4000 */
  readonly maxConnections?: number;
  /** Maximum number of connections of one address, or of its /64 network where it is IPv6. @defaultValue 1000 */
  readonly maxConnectionsPerAddress?: number;
}

const optionsSchema = z.strictObject({
  gateway: portSchema<FetchHandler>("a gateway, e.g. from createGateway", ["fetch"]),
  logger: loggerSchema.optional(),
  trustedProxies: trustedProxiesSchema.default([]),
  maxConnections: z.int().positive().default(4000),
  maxConnectionsPerAddress: z.int().positive().default(1000),
} satisfies ShapeOf<NodeServerOptions & { readonly gateway: FetchHandler }>);

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
 * is refused before it sends its body, idle connections outlive those of a proxy, and no address can take them all. It does
 * not listen yet.
 *
 * @example
 * const server = createNodeServer(bot.gateway, { logger }).listen(8080);
 * @throws AgentBotError `CONFIGURATION_INVALID` for a wrong option.
 */
export function createNodeServer(gateway: FetchHandler, options: NodeServerOptions = {}): Server {
  const settings = parseOptions("createNodeServer", optionsSchema, { ...options, gateway });
  const { logger = createSilentLogger(), trustedProxies, maxConnections, maxConnectionsPerAddress } = settings;
  const shared = { logger, trustedProxies };
  const server = createServer(
    {
      headersTimeout: headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: keepAliveTimeoutMs,
      connectionsCheckingInterval: checkIntervalMs,
      // Node would refuse with an empty body; the handler refuses as it does everything else.
      requireHostHeader: false,
    },
    toNodeHandler(gateway, shared),
  );
  server.on("checkContinue", toNodeHandler(gateway, { ...shared, isCheckContinue: true }));
  answerClientErrors(server, { logger });
  const isProxy = createProxyCheck(trustedProxies);
  limitConnections(server, { logger, maxConnections, maxConnectionsPerAddress, isProxy });
  return server;
}
