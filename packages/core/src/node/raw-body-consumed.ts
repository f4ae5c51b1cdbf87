import { problemResponse } from "../http/responses.js";
import type { NodeIncomingMessageLike } from "./node-incoming-message-like.js";

const inExpress =
  "In Express, call app.use(toNodeHandler(gateway)) before app.use(express.json()), or keep the bytes: " +
  "express.json({ verify: (request, _response, bytes) => { request.rawBody = bytes } }).";

const inFastify =
  "In Fastify, register the route in a scope of its own after removeAllContentTypeParsers() and " +
  'addContentTypeParser("*", (_request, _payload, done) => done(null)).';

const elsewhere = "Elsewhere, call it before whatever reads the body, or set request.rawBody to the bytes.";

/** The answer to a request whose raw bytes are gone: what happened, and the fix in the framework at hand. */
export function rawBodyConsumed({ originalUrl }: NodeIncomingMessageLike): Response {
  // Express alone leaves a mark on the request; a raw request of Fastify looks like one of node:http.
  const fix = typeof originalUrl === "string" ? inExpress : `${inFastify} ${elsewhere}`;
  const detail = `The request body was read before agentbot could verify its raw bytes. ${fix}`;
  return problemResponse({ status: 500, code: "RAW_BODY_CONSUMED", title: "Raw body consumed", detail });
}
