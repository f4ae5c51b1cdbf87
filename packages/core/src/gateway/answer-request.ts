import { AgentBotError } from "../errors/agentbot-error.js";
import type { IncomingRequest } from "../http/incoming-request.js";
import { problemResponse } from "../http/responses.js";
import type { OutageReporter } from "../outages/create-outage-reporter.js";
import type { Logger } from "../ports/logger.js";
import type { Span, Tracer } from "../ports/tracer.js";
import { silentSpan } from "../tracing/silent-tracer.js";
import { attributeNames, spanNames } from "../tracing/span-names.js";
import { traceFactsOf } from "../tracing/trace-context.js";
import { matchRoute, type Route, type RouteContext } from "./route.js";

/** What every request of a gateway shares. */
export interface AnswerParts {
  readonly routes: readonly Route[];
  readonly tracer: Tracer;
  readonly logger: Logger;
  readonly outages: OutageReporter;
}

/** Answers a request by the route it leads to, or says why there is none. */
export async function answerRequest(
  { routes, tracer, logger, outages }: AnswerParts,
  request: IncomingRequest,
  given: Pick<RouteContext, "requestId" | "traceparent" | "remoteAddress">,
): Promise<Response> {
  const startedAt = performance.now();
  const { method } = request;
  const path = new URL(request.url).pathname;
  const match = matchRoute(routes, method, path);
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
  const answer = async (span: Span): Promise<Response> => {
    const traceparent = span.traceparent ?? given.traceparent;
    const facts = { requestId: given.requestId, ...traceFactsOf(traceparent) };
    const context = { ...given, span, traceparent, logger: logger.child(facts), parameters };
    const response = await route
      .handle(request, context)
      .catch((error: unknown) => respondError(error, context, outages));
    span.setAttributes({ [attributeNames.statusCode]: response.status });
    // Never the query: people put secrets into it.
    const answered = { method, path, status: response.status, durationMs: Math.round(performance.now() - startedAt) };
    context.logger.debug(answered, "Request answered");
    if (response.status >= 500) span.fail(String(response.status));
    return response;
  };
  if (route.template === undefined) return answer(silentSpan);
  const attributes = {
    [attributeNames.method]: method,
    [attributeNames.route]: route.template,
    [attributeNames.requestId]: given.requestId,
  };
  const name = spanNames.request(method, route.template);
  return tracer.trace({ name, kind: "server", parent: given.traceparent, attributes }, answer);
}

/** A store that is down is the sender's reason to try again; anything else that throws is a bug. */
function respondError(error: unknown, { logger }: RouteContext, outages: OutageReporter): Response {
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
