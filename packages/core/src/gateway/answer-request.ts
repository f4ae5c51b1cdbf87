import { AgentBotError } from "../errors/agentbot-error.js";
import type { OutageReporter } from "../outages/create-outage-reporter.js";
import { respondProblem } from "./respond.js";
import { matchRoute, type Route, type RouteContext } from "./route.js";

/** Answers a request by the route it leads to, or says why there is none. */
export async function answerRequest(
  routes: readonly Route[],
  request: Request,
  context: Omit<RouteContext, "parameters">,
  outages: OutageReporter,
): Promise<Response> {
  const match = matchRoute(routes, request.method, new URL(request.url).pathname);
  if (match.status === "not-found") {
    return respondProblem({
      status: 404,
      code: "NOT_FOUND",
      title: "Not found",
      detail: "There is nothing at this path.",
    });
  }
  if (match.status === "method-not-allowed") {
    return respondProblem({
      status: 405,
      code: "METHOD_NOT_ALLOWED",
      title: "Method not allowed",
      detail: `This path answers ${match.allow}.`,
      headers: { allow: match.allow },
    });
  }
  try {
    return await match.route.handle(request, { ...context, parameters: match.parameters });
  } catch (error) {
    return respondError(error, context, outages);
  }
}

/** A store that is down is the sender's reason to try again; anything else that throws is a bug. */
function respondError(error: unknown, { logger }: Omit<RouteContext, "parameters">, outages: OutageReporter): Response {
  if (AgentBotError.hasCode(error, "STORE_UNAVAILABLE")) {
    outages.report(error);
    return respondProblem({
      status: 503,
      code: "STORE_UNAVAILABLE",
      title: "Store unavailable",
      detail: "Nothing was recorded; send it again.",
      headers: { "retry-after": "5" },
    });
  }
  logger.error({ err: error }, "A request failed");
  return respondProblem({
    status: 500,
    code: "INTERNAL_ERROR",
    title: "Internal error",
    detail: "The request failed here; the log has the request id.",
  });
}
