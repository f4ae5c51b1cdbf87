import { setImmediate as nextTurn } from "node:timers/promises";
import { z } from "zod";
import { parseOptions } from "../errors/parse-options.js";
import { loggerSchema, portSchema } from "../errors/port-schema.js";
import { createSilentLogger } from "../logger/create-silent-logger.js";
import type { Logger } from "../ports/logger.js";
import { askGateway } from "./ask-gateway.js";
import { watchClient } from "./client-signal.js";
import { type DiscardLimits, discardBody } from "./discard-body.js";
import type { FetchHandler } from "./fetch-handler.js";
import { identify } from "./identify.js";
import type { NodeIncomingMessageLike } from "./node-incoming-message-like.js";
import type { NodeServerResponseLike } from "./node-server-response-like.js";
import { findRawBody } from "./raw-body.js";
import { rawBodyConsumed } from "./raw-body-consumed.js";
import { requestHead } from "./request-head.js";
import { sendResponse } from "./send-response.js";

/** Answers one request of a Node server. Never rejects; resolves when the answer was handed to the socket. */
export type NodeHandler = (incoming: NodeIncomingMessageLike, outgoing: NodeServerResponseLike) => Promise<void>;

/** Options of {@link toNodeHandler}. */
export interface NodeHandlerOptions {
  /** Gets what the gateway throws. @defaultValue silent */
  readonly logger?: Logger;
  /** Reads at most so many bytes of a body the gateway did not want, so that the client gets its answer. @defaultValue 32 MiB */
  readonly discardMaxBytes?: number;
  /** … and for at most so long, in milliseconds; then the connection is closed. @defaultValue 10 seconds */
  readonly discardTimeoutMs?: number;
  /**
   * Set it for the handler given to `server.on("checkContinue", …)`: `100 Continue` is sent when the gateway starts to
   * read the body, so a refused request never sends one. @defaultValue false
   */
  readonly isCheckContinue?: boolean;
  /**
   * The path it is mounted on, such as `/bot`, where the framework leaves it on the request as Fastify does: the gateway
   * gets the path below it, and anything else is 404. Express takes it off by itself. @defaultValue none
   */
  readonly mountPath?: string;
}

const optionsSchema = z.strictObject({
  gateway: portSchema<FetchHandler>("a gateway, as createGateway makes it", ["fetch"]),
  logger: loggerSchema.optional(),
  discardMaxBytes: z
    .number()
    .int()
    .min(0)
    .default(32 * 1024 * 1024),
  discardTimeoutMs: z.number().int().min(0).default(10_000),
  isCheckContinue: z.boolean().default(false),
  mountPath: z
    .string()
    .regex(/^(?:\/[\w.~-]+)*$/, "must be a path without a slash at its end, such as /bot")
    .default(""),
});

/**
 * Serves a gateway from `node:http`, `node:http2`, Express (`app.use(handler)`) or Fastify (`handler(request.raw,
 * reply.raw)` after `reply.hijack()`). Mount it before body parsers: signatures are over the raw bytes. Bytes that a parser
 * kept as `rawBody` do as well; a body that is gone is answered at once with `RAW_BODY_CONSUMED` and the fix.
 *
 * @example
 * createServer(toNodeHandler(gateway)).listen(8080);
 * @throws AgentBotError `CONFIGURATION_INVALID` for a wrong option.
 */
export function toNodeHandler(gateway: FetchHandler, options: NodeHandlerOptions = {}): NodeHandler {
  const settings = parseOptions("toNodeHandler", optionsSchema, { ...options, gateway });
  const logger = settings.logger ?? createSilentLogger();
  const limits: DiscardLimits = { maxBytes: settings.discardMaxBytes, timeoutMs: settings.discardTimeoutMs };

  return async (incoming, outgoing) => {
    const client = watchClient(outgoing);
    let wasContinued = !settings.isCheckContinue;
    const onFirstRead = (): void => {
      if (!wasContinued) outgoing.writeContinue();
      wasContinued = true;
    };
    const rawBody = findRawBody(incoming);

    try {
      const head = requestHead(incoming, settings.mountPath);
      const asked = head instanceof Response || rawBody.kind !== "consumed" ? head : rawBodyConsumed(incoming);
      const response =
        asked instanceof Response
          ? identify(asked, incoming)
          : await askGateway(gateway, { incoming, head: asked, rawBody, client, onFirstRead }, logger);
      // What came together with the head is only parsed in the next turn.
      if (rawBody.kind !== "none" && !incoming.complete) await nextTurn();
      const isUnread = rawBody.kind !== "none" && !incoming.complete;
      const isHead = incoming.method === "HEAD";
      const isHttp1 = incoming.httpVersionMajor !== 2;
      const sent = sendResponse(outgoing, response, { isHead, mustClose: isUnread && isHttp1, client });
      await (isUnread && wasContinued ? Promise.all([sent, discardBody(incoming, limits)]) : sent);
      client.end();
      outgoing.end();
    } catch (error) {
      logger.error({ err: error }, "The answer's body failed: the connection is cut.");
      outgoing.destroy();
    }
  };
}
