import { setImmediate as nextTurn } from "node:timers/promises";
import { z } from "zod";
import { parseOptions } from "../errors/parse-options.js";
import { loggerSchema, portSchema } from "../errors/port-schema.js";
import type { OutgoingResponse } from "../http/outgoing-response.js";
import { maxTimerMs } from "../lifecycle/deadline.js";
import { createSilentLogger } from "../logger/create-silent-logger.js";
import type { Logger } from "../ports/logger.js";
import type { ShapeOf } from "../task/shape-of.js";
import { bridgeResponse, rawBodyConsumed } from "./bridge-problems.js";
import { callGateway, type FetchHandler } from "./call-gateway.js";
import { createClientAddress, trustedProxiesSchema } from "./client-address.js";
import { watchClient } from "./client-signal.js";
import { type DiscardLimits, discardBody } from "./discard-body.js";
import type { NodeIncomingMessageLike, NodeServerResponseLike } from "./node-types.js";
import { countPieces, findRawBody, holdBody } from "./request-body.js";
import { readHead } from "./request-head.js";
import { sendResponse } from "./send-response.js";

/** Answers one request of a Node server. Never rejects; resolves when the response was written to the socket. */
export type NodeHandler = (incoming: NodeIncomingMessageLike, outgoing: NodeServerResponseLike) => Promise<void>;

/** Options of {@link toNodeHandler}. */
export interface NodeHandlerOptions {
  /** Logs what the gateway throws. @defaultValue silent */
  readonly logger?: Logger;
  /** Maximum bytes that are read of an unwanted body, so that the client gets its response. @defaultValue 32 MiB */
  readonly discardMaxBytes?: number;
  /** Maximum time for reading an unwanted body, in milliseconds; then the connection is closed. @defaultValue 10,000 */
  readonly discardTimeoutMs?: number;
  /**
   * Set it for the handler passed to `server.on("checkContinue", …)`: `100 Continue` is sent when the gateway starts to
   * read the body, so a refused request never sends one. @defaultValue false
   */
  readonly isCheckContinue?: boolean;
  /**
   * Proxies in front of this server: addresses, networks such as `10.0.0.0/8`, `loopback`, `linklocal` (169.254.0.0/16,
   * fe80::/10) and `uniquelocal` (the private networks). Behind them the client is the right-most address of
   * `X-Forwarded-For` or `Forwarded` that is not one of theirs; else these headers are not read. @defaultValue none
   */
  readonly trustedProxies?: readonly string[];
}

const optionsSchema = z.strictObject({
  gateway: portSchema<FetchHandler>("a gateway, e.g. from createGateway", ["fetch"]),
  logger: loggerSchema.optional(),
  discardMaxBytes: z
    .number()
    .int()
    .min(0)
    .default(32 * 1024 * 1024),
  discardTimeoutMs: z.number().int().min(0).max(maxTimerMs).default(10_000),
  isCheckContinue: z.boolean().default(false),
  trustedProxies: trustedProxiesSchema.default([]),
} satisfies ShapeOf<NodeHandlerOptions & { readonly gateway: FetchHandler }>);

/**
 * Serves a gateway from `node:http`, `node:http2`, Express (`app.use(handler)`) or Fastify (`handler(request.raw,
 * reply.raw)` after `reply.hijack()`). Mount it before body parsers: signatures are over the raw bytes. Bytes that a parser
 * kept as `rawBody` work too; a body that is gone is answered at once with `RAW_BODY_CONSUMED` and the fix.
 *
 * @example
 * createServer(toNodeHandler(gateway)).listen(8080);
 * @throws AgentBotError `CONFIGURATION_INVALID` for a wrong option.
 */
export function toNodeHandler(gateway: FetchHandler, options: NodeHandlerOptions = {}): NodeHandler {
  const settings = parseOptions("toNodeHandler", optionsSchema, { ...options, gateway });
  const logger = settings.logger ?? createSilentLogger();
  const limits: DiscardLimits = { maxBytes: settings.discardMaxBytes, timeoutMs: settings.discardTimeoutMs };

  const addressOf = createClientAddress(settings.trustedProxies);

  return async (incoming, outgoing) => {
    const client = watchClient(outgoing);
    let wasContinued = !settings.isCheckContinue;
    const onFirstRead = (): void => {
      if (!wasContinued) outgoing.writeContinue();
      wasContinued = true;
    };
    const rawBody = findRawBody(incoming);
    const reading = { pieces: countPieces(incoming), onFirstRead };
    if (rawBody.kind === "stream") holdBody(incoming);
    const isWhole = (): boolean => rawBody.kind === "none" || incoming.complete;

    try {
      const head = readHead(incoming);
      let response: OutgoingResponse;
      if (head.status === "invalid") response = bridgeResponse(head.problem, incoming);
      else if (rawBody.kind === "consumed") response = bridgeResponse(rawBodyConsumed(incoming), incoming);
      else {
        const remoteAddress = addressOf(incoming.socket?.remoteAddress, head.headers);
        const request = { incoming, head, rawBody, client, reading, context: { remoteAddress } };
        response = await callGateway(gateway, request, logger);
      }
      // A body that arrived together with the head is only parsed in the next turn.
      if (!isWhole()) await nextTurn();
      const isUnread = !isWhole();
      const mustClose = isUnread && incoming.httpVersionMajor !== 2;
      const sent = sendResponse(outgoing, response, {
        isHead: incoming.method === "HEAD",
        mustClose,
        canEnd: !isUnread,
        client,
      });
      await (isUnread && wasContinued ? Promise.all([sent, discardBody(incoming, reading.pieces, limits)]) : sent);
      client.end();
      outgoing.end();
    } catch (error) {
      logger.error({ err: error }, "The body of a response failed; the connection is cut");
      outgoing.destroy();
    }
  };
}
