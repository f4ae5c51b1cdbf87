import { createTokenCheck, type Problem, problemResponse, requestIdOf, toWebResponse } from "@agentbot/core";
import type { FetchHandler } from "@agentbot/core/node";
import { Hono, type MiddlewareHandler } from "hono";
import { cors } from "hono/cors";
import { secureHeaders } from "hono/secure-headers";
import { limitRequests, type RequestLimit } from "./limit-requests.js";

/** Facts that the node bridge passes beside a request. */
export interface ClientBindings {
  /** The client's address as the socket shows it: a header can be forged. */
  readonly remoteAddress: string | null;
}

/** Options of {@link createHttpApp}. */
export interface HttpAppOptions {
  /** Web pages of these origins may use the API; `*` is all. Empty: pages of the server's own only. */
  readonly corsOrigins: readonly string[];
  /** Requests with this token are counted apart from those without. @defaultValue none */
  readonly adminToken?: string | undefined;
  /** A worker serves neither API nor webhooks: such requests are referred to a gateway. @defaultValue false */
  readonly isWorker?: boolean;
  /** @defaultValue 600 requests a minute */
  readonly apiLimit?: RequestLimit;
}

// 401 would make the operator look for a fault of the token.
const noApiHere: Problem = {
  status: 404,
  code: "API_NOT_SERVED",
  title: "No API here",
  detail: "This process is a worker and has no API; ask a gateway.",
};

const noWebhooksHere: Problem = {
  status: 404,
  code: "WEBHOOKS_NOT_SERVED",
  title: "No webhooks here",
  detail: "This process is a worker and receives no webhooks; send them to a gateway.",
};

/** How long a browser may reuse a preflight answer, in seconds. */
const corsMaxAgeSeconds = 600;

/**
 * Wraps the gateway: CORS and a limit of requests for `/api`, secure headers for every response. A webhook is never
 * limited: it is signed, and its sender may not try again.
 */
export function createHttpApp(gateway: FetchHandler, options: HttpAppOptions): FetchHandler {
  const { corsOrigins, adminToken, isWorker = false, apiLimit = { requests: 600, windowSeconds: 60 } } = options;
  const app = new Hono<{ Bindings: ClientBindings }>();
  app.use(identify);
  // HTTPS is enforced by the proxy in front; framing is this server's matter.
  app.use(secureHeaders({ strictTransportSecurity: false, xFrameOptions: "DENY", xXssProtection: false }));
  if (corsOrigins.length > 0) app.use("/api/*", allowOrigins(corsOrigins));
  if (isWorker) {
    app.all("/api/*", () => toWebResponse(problemResponse(noApiHere)));
    app.all("/webhooks/*", () => toWebResponse(problemResponse(noWebhooksHere)));
  }
  app.use("/api/*", limitRequests(apiLimit, createTokenCheck(adminToken ?? null)));
  app.all("*", ({ req, env: { remoteAddress } }) => gateway.fetch(req.raw, { remoteAddress }));
  // The bridge answers and logs every error in the same way.
  app.onError((error) => {
    throw error;
  });
  return { fetch: async (request, context) => app.fetch(request, { remoteAddress: context?.remoteAddress ?? null }) };
}

/** The gateway's responses have an id already. */
const identify: MiddlewareHandler = async (context, next) => {
  await next();
  if (!context.res.headers.has("x-request-id"))
    context.res.headers.set("x-request-id", requestIdOf(context.req.header("x-request-id") ?? null));
};

function allowOrigins(origins: readonly string[]): MiddlewareHandler {
  return cors({
    origin: origins.includes("*") ? "*" : [...origins],
    allowMethods: ["GET", "HEAD", "POST"],
    allowHeaders: ["authorization", "content-type", "idempotency-key", "last-event-id", "traceparent", "x-request-id"],
    exposeHeaders: ["x-request-id", "retry-after", "ratelimit", "ratelimit-policy"],
    maxAge: corsMaxAgeSeconds,
  });
}
