import { setImmediate as nextTurn } from "node:timers/promises";
import { z } from "zod";
import { portSchemas } from "../composition/port-schemas.js";
import { parseOptions } from "../errors/parse-options.js";
import { partSchema } from "../errors/part-schema.js";
import { requestIdOf } from "../gateway/request-id.js";
import { createSilentLogger } from "../logger/create-silent-logger.js";
import type { Logger } from "../ports/logger.js";
import { type DiscardLimits, discardBody } from "./discard-body.js";
import type { NodeIncomingMessageLike } from "./node-incoming-message-like.js";
import type { NodeServerResponseLike } from "./node-server-response-like.js";
import { problemResponse } from "./problem-response.js";
import { findRawBody } from "./raw-body.js";
import { openRequestBodyStream } from "./request-body-stream.js";
import { sendResponse } from "./send-response.js";
import { toWebRequest } from "./web-request.js";

/** What {@link toNodeHandler} serves: agentbot's gateway, or anything with the same web-standard `fetch`. */
export interface FetchHandler {
  fetch(request: Request, context?: { readonly remoteAddress: string | null }): Promise<Response>;
}

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
  gateway: partSchema<FetchHandler>("a gateway, as createGateway makes it", ["fetch"]),
  logger: portSchemas.logger,
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
    const disconnect = new AbortController();
    let isEnded = false;
    outgoing.on("close", () => {
      // HTTP/2 calls a stream that was cut finished.
      if (!isEnded || !outgoing.writableFinished) disconnect.abort();
    });
    let wasContinued = !settings.isCheckContinue;
    const rawBody = findRawBody(incoming);
    const body = openRequestBodyStream(incoming, () => {
      if (!wasContinued) outgoing.writeContinue();
      wasContinued = true;
    });

    try {
      const parts = { rawBody, stream: body.stream, signal: disconnect.signal, mountPath: settings.mountPath };
      const request = toWebRequest(incoming, parts);
      const response =
        request instanceof Response ? identify(request, incoming) : await answer(gateway, request, incoming, logger);
      body.release();
      // What came together with the head is only parsed in the next turn.
      if (rawBody.kind !== "none" && !incoming.complete) await nextTurn();
      const isUnread = rawBody.kind !== "none" && !incoming.complete;
      const isHead = incoming.method === "HEAD";
      const isHttp1 = incoming.httpVersionMajor !== 2;
      await Promise.all([
        sendResponse(outgoing, response, { isHead, mustClose: isUnread && isHttp1, signal: disconnect.signal }),
        isUnread && wasContinued ? discardBody(incoming, limits) : null,
      ]);
      isEnded = true;
      outgoing.end();
    } catch (error) {
      logger.error({ err: error }, "The answer's body failed: the connection is cut.");
      outgoing.destroy();
    }
  };
}

async function answer(
  gateway: FetchHandler,
  request: Request,
  incoming: NodeIncomingMessageLike,
  logger: Logger,
): Promise<Response> {
  try {
    return await gateway.fetch(request, { remoteAddress: incoming.socket?.remoteAddress ?? null });
  } catch (error) {
    logger.error({ err: error }, "The gateway threw instead of answering.");
    return identify(problemResponse(500, "INTERNAL_ERROR", "The server failed to answer this request."), incoming);
  }
}

/** The bridge's own answers carry a request id too, as all of the gateway's do. */
function identify(response: Response, { rawHeaders }: NodeIncomingMessageLike): Response {
  const given = rawHeaders.find(
    (_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === "x-request-id",
  );
  response.headers.set("x-request-id", requestIdOf(given ?? null));
  return response;
}
