import { AgentBotError } from "../errors/agentbot-error.js";
import { clientOf, type IncomingRequest, requestIdOf } from "../http/incoming-request.js";
import { type OutgoingResponse, problemResponse } from "../http/outgoing-response.js";
import type { OutageReporter } from "../outages/create-outage-reporter.js";
import type { Logger } from "../ports/logger.js";
import type { Span, Tracer } from "../ports/tracer.js";
import { silentSpan } from "../tracing/silent-tracer.js";
import { attributeNames, parseTraceparent, spanNames, traceFactsOf } from "../tracing/trace-format.js";
import type { createRouter, RouteContext } from "./route.js";

/** Dependencies of every request. */
export interface AnswerDeps {
  readonly findRoute: ReturnType<typeof createRouter>;
  readonly tracer: Tracer;
  readonly logger: Logger;
  readonly outages: OutageReporter;
}

/** Answers a request by the route it leads to. Never throws; every response carries the request's id. */
export async function answerRequest(
  deps: AnswerDeps,
  request: IncomingRequest,
  remoteAddress: string | null,
): Promise<OutgoingResponse> {
  const requestId = requestIdOf(request.headers.get("x-request-id"));
  return (await answer(deps, request, requestId, remoteAddress)).with("x-request-id", requestId);
}

async function answer(
  { findRoute, tracer, logger, outages }: AnswerDeps,
  request: IncomingRequest,
  requestId: string,
  remoteAddress: string | null,
): Promise<OutgoingResponse> {
  const startedAtMs = performance.now();
  const { method } = request;
  const path = pathOf(request.url);
  const match = findRoute(method, path);
  if (match.status === "not-found") {
    return problemResponse({
      status: 404,
      code: "NOT_FOUND",
      title: "Not found",
      detail: "There is nothing at this path.",
    });
  }
  if (match.status === "method-not-allowed") {
    return problemResponse({
      status: 405,
      code: "METHOD_NOT_ALLOWED",
      title: "Method not allowed",
      detail: `This path answers ${match.allow}.`,
      headers: { allow: match.allow },
    });
  }
  const { route, parameters } = match;
  const given = request.headers.get("traceparent");
  const parent = parseTraceparent(given) ? given : null;
  const handle = async (span: Span): Promise<OutgoingResponse> => {
    const traceparent = span.traceparent ?? parent;
    const child = logger.child({ requestId, ...traceFactsOf(traceparent) });
    const client = clientOf(remoteAddress);
    const context: RouteContext = { requestId, traceparent, span, remoteAddress, client, logger: child, parameters };
    const response = await route
      .handle(request, context)
      .catch((error: unknown) => errorResponse(error, child, outages));
    span.setAttributes({ [attributeNames.statusCode]: response.status });
    // Never the query: people put secrets into it.
    const facts = { method, path, status: response.status, durationMs: Math.round(performance.now() - startedAtMs) };
    child.debug(facts, "Request answered");
    if (response.status >= 500) span.fail(String(response.status));
    return response;
  };
  if (!route.isTraced) return handle(silentSpan);
  const attributes = {
    [attributeNames.method]: method,
    [attributeNames.route]: route.path,
    [attributeNames.requestId]: requestId,
  };
  return tracer.trace({ name: spanNames.request(method, route.path), kind: "server", parent, attributes }, handle);
}

/** The path of an absolute URL in normal form: `new URL` would cost as much as the rest of the routing. */
function pathOf(url: string): string {
  const start = url.indexOf("/", url.indexOf("://") + 3);
  const end = url.slice(start).search(/[?#]/);
  return end === -1 ? url.slice(start) : url.slice(start, start + end);
}

/** A store that is down makes the sender try again; any other error that is thrown is a bug. */
function errorResponse(error: unknown, logger: Logger, outages: OutageReporter): OutgoingResponse {
  if (AgentBotError.hasCode(error, "STORE_UNAVAILABLE")) {
    outages.report(error);
    return problemResponse({
      status: 503,
      code: "STORE_UNAVAILABLE",
      title: "Store unavailable",
      detail: "Nothing was recorded; send it again.",
      headers: { "retry-after": "5" },
    });
  }
  logger.error({ err: error }, "A request failed");
  return problemResponse({
    status: 500,
    code: "INTERNAL_ERROR",
    title: "Internal error",
    detail: "The request failed here; the log has the request id.",
  });
}
