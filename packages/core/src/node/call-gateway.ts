import type { IncomingRequest } from "../http/incoming-request.js";
import { fromWebResponse, type OutgoingResponse, type Problem } from "../http/outgoing-response.js";
import type { Logger } from "../ports/logger.js";
import { bridgeResponse, malformedRequest } from "./bridge-problems.js";
import type { ClientSignal } from "./client-signal.js";
import type { NodeIncomingMessageLike } from "./node-types.js";
import { type BodyReading, incomingBody, type RawBody } from "./request-body.js";
import { openRequestBodyStream } from "./request-body-stream.js";
import type { RequestHead } from "./request-head.js";

/** A handler that {@link toNodeHandler} serves: agentbot's gateway, or any object with the same web-standard `fetch`. */
export interface FetchHandler {
  /** Answers a web-standard request. */
  fetch(request: Request, context?: HostContext): Promise<Response>;
  /**
   * Called before `fetch` if present: neither a `Request` nor a `Response` is created. Returns null, and leaves the body
   * alone, for a request that `fetch` is to answer. A wrapper of `fetch` omits it.
   */
  answer?(request: IncomingRequest, context?: HostContext): Promise<OutgoingResponse | null>;
}

/** Facts that the bridge passes beside a request. */
export interface HostContext {
  /** The client's address: the socket's, or the one that trusted proxies pass on. */
  readonly remoteAddress: string | null;
}

/** A request with a valid head, ready to be answered. */
export interface Answerable {
  readonly incoming: NodeIncomingMessageLike;
  readonly head: RequestHead;
  readonly rawBody: RawBody;
  readonly client: ClientSignal;
  readonly reading: BodyReading;
  readonly context: HostContext;
}

const internalError: Problem = {
  status: 500,
  code: "INTERNAL_ERROR",
  title: "Internal error",
  detail: "The server failed to answer this request.",
};

/** Calls the gateway. Never throws: what it throws is logged and answered 500. */
export async function callGateway(
  gateway: FetchHandler,
  answerable: Answerable,
  logger: Logger,
): Promise<OutgoingResponse> {
  try {
    return await (gateway.answer ? callAnswer(gateway, answerable) : callFetch(gateway, answerable));
  } catch (error) {
    logger.error({ err: error }, "The gateway threw instead of answering");
    return bridgeResponse(internalError, answerable.incoming);
  }
}

async function callAnswer(gateway: FetchHandler, answerable: Answerable): Promise<OutgoingResponse> {
  const { incoming, head, rawBody, client, reading, context } = answerable;
  const { method, url, headers } = head;
  const request: IncomingRequest = {
    ...{ method, url, headers },
    body: incomingBody(incoming, rawBody, headers.get("content-length"), reading),
    get signal() {
      return client.signal;
    },
  };
  return (await gateway.answer?.(request, context)) ?? (await callFetch(gateway, answerable));
}

async function callFetch(gateway: FetchHandler, answerable: Answerable): Promise<OutgoingResponse> {
  const { incoming, client, reading, context } = answerable;
  const unread = openRequestBodyStream(incoming, reading);
  const request = toWebRequest(answerable, client.signal, unread.stream);
  if (request === null) {
    return bridgeResponse(malformedRequest("The request's method or a header is malformed."), incoming);
  }
  try {
    return fromWebResponse(await gateway.fetch(request, context));
  } finally {
    unread.release();
  }
}

/** Returns null for a request that the Fetch standard does not allow. */
function toWebRequest(
  { head: { method, url, headers }, rawBody }: Answerable,
  signal: AbortSignal,
  stream: ReadableStream<Uint8Array>,
): Request | null {
  try {
    if (method === "GET" || method === "HEAD" || rawBody.kind === "none") {
      return new Request(url, { method, headers, signal });
    }
    const body = rawBody.kind === "kept" ? rawBody.bytes : stream;
    return new Request(url, { method, headers, signal, body, duplex: "half" });
  } catch {
    return null;
  }
}
