import type { IncomingRequest } from "../http/incoming-request.js";
import { type Problem, problemResponse } from "../http/responses.js";
import type { Logger } from "../ports/logger.js";
import type { ClientSignal } from "./client-signal.js";
import type { FetchHandler, HostContext } from "./fetch-handler.js";
import { identify } from "./identify.js";
import { incomingBody } from "./incoming-body.js";
import type { NodeIncomingMessageLike } from "./node-incoming-message-like.js";
import type { RawBody } from "./raw-body.js";
import type { RequestHead } from "./request-head.js";
import { toWebRequest } from "./web-request.js";

/** A request that can be answered. */
export interface Answerable {
  readonly incoming: NodeIncomingMessageLike;
  readonly head: RequestHead;
  readonly rawBody: RawBody;
  readonly client: ClientSignal;
  readonly onFirstRead: () => void;
}

const internalError: Problem = {
  status: 500,
  code: "INTERNAL_ERROR",
  title: "Internal error",
  detail: "The server failed to answer this request.",
};

/** Lets the gateway answer. Never throws: what it throws is logged and answered 500. */
export async function askGateway(gateway: FetchHandler, asked: Answerable, logger: Logger): Promise<Response> {
  const { incoming } = asked;
  try {
    return await (answerParts(gateway, asked) ?? answerRequest(gateway, asked));
  } catch (error) {
    logger.error({ err: error }, "The gateway threw instead of answering.");
    return identify(problemResponse(internalError), incoming);
  }
}

/** Null where it wants a `Request`. */
function answerParts(
  gateway: FetchHandler,
  { incoming, head, rawBody, client, onFirstRead }: Answerable,
): Promise<Response> | null {
  const body = incomingBody(incoming, rawBody, head.headers.get("content-length"), onFirstRead);
  const request: IncomingRequest = {
    ...head,
    body,
    get signal() {
      return client.signal;
    },
  };
  return gateway.answer?.(request, clientOf(incoming)) ?? null;
}

async function answerRequest(gateway: FetchHandler, asked: Answerable): Promise<Response> {
  const { incoming, head, rawBody, client, onFirstRead } = asked;
  const web = toWebRequest(incoming, head, rawBody, { signal: client.signal, onFirstRead });
  if (web instanceof Response) return identify(web, incoming);
  try {
    return await gateway.fetch(web.request, clientOf(incoming));
  } finally {
    web.release();
  }
}

const clientOf = ({ socket }: NodeIncomingMessageLike): HostContext => ({
  remoteAddress: socket?.remoteAddress ?? null,
});
