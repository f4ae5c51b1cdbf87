import { requestIdOf } from "../http/incoming-request.js";
import { type OutgoingResponse, type Problem, problemResponse } from "../http/outgoing-response.js";
import type { NodeIncomingMessageLike } from "./node-types.js";

const inExpress =
  "In Express, call app.use(toNodeHandler(gateway)) before app.use(express.json()), or keep the bytes: " +
  "express.json({ verify: (request, _response, bytes) => { request.rawBody = bytes } }).";

const inFastify =
  "In Fastify, register the route in a scope of its own after removeAllContentTypeParsers() and " +
  'addContentTypeParser("*", (_request, _payload, done) => done(null)).';

const elsewhere = "Elsewhere, call it before any code that reads the body, or set request.rawBody to the bytes.";

/** The problem of a request whose raw bytes are gone: the cause, and the fix in the framework at hand. */
export function rawBodyConsumed({ originalUrl }: NodeIncomingMessageLike): Problem {
  // Express alone leaves a mark on the request; a raw request of Fastify looks like one of node:http.
  const fix = typeof originalUrl === "string" ? inExpress : `${inFastify} ${elsewhere}`;
  const detail = `The request body was read before agentbot could verify its raw bytes. ${fix}`;
  return { status: 500, code: "RAW_BODY_CONSUMED", title: "Raw body consumed", detail };
}

/** The problem of a request that HTTP does not allow. `detail` never quotes it. */
export function malformedRequest(detail: string): Problem {
  return { status: 400, code: "REQUEST_INVALID", title: "Invalid request", detail };
}

/** The response of the bridge itself to a request; it has a request id, as the gateway's responses do. */
export function bridgeResponse(problem: Problem, { rawHeaders }: NodeIncomingMessageLike): OutgoingResponse {
  const given = rawHeaders.find(
    (_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === "x-request-id",
  );
  return problemResponse(problem).with("x-request-id", requestIdOf(given ?? null));
}
