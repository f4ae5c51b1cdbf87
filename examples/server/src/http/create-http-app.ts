import { createHash, randomBytes } from "node:crypto";
import { clientOf, type Problem, problemResponse, requestIdOf, toWebResponse } from "@agentbot/core";
import type { FetchHandler } from "@agentbot/core/node";
import { Hono, type MiddlewareHandler } from "hono";
import { cors } from "hono/cors";
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";

/** Facts that the node bridge passes beside a request. */
export interface ClientBindings {
  /** The client's address, behind the trusted proxies. */
  readonly remoteAddress: string | null;
}

/** Options of {@link createHttpApp}. */
export interface HttpAppOptions {
  /** Web pages of these origins may use the API; `*` is all. Empty: pages of the server's own only. */
  readonly corsOrigins: readonly string[];
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
 * limited: it is signed, and its sender may not try again. The gateway's own paths need neither, and are answered without a
 * `Request`.
 */
export function createHttpApp(gateway: FetchHandler, options: HttpAppOptions): FetchHandler {
  const { corsOrigins, isWorker = false, apiLimit = { requests: 600, windowSeconds: 60 } } = options;
  const app = new Hono<{ Bindings: ClientBindings }>();
  app.use(identify);
  app.use(secure);
  if (corsOrigins.length > 0) app.use("/api/*", allowOrigins(corsOrigins));
  if (isWorker) {
    app.all("/api/*", () => toWebResponse(problemResponse(noApiHere)));
    app.all("/webhooks/*", () => toWebResponse(problemResponse(noWebhooksHere)));
  }
  app.use("/api/*", limitRequests(apiLimit));
  app.all("*", ({ req, env: { remoteAddress } }) => gateway.fetch(req.raw, { remoteAddress }));
  // The bridge answers and logs every error in the same way.
  app.onError((error) => {
    throw error;
  });
  return {
    fetch: async (request, context) => app.fetch(request, { remoteAddress: context?.remoteAddress ?? null }),
    async answer(request, context) {
      if (isWorker || !gateway.answer || new URL(request.url).pathname.startsWith("/api")) return null;
      const response = await gateway.answer(request, context);
      return response && Object.entries(secureHeaders).reduce((all, header) => all.with(...header), response);
    },
  };
}

/** HTTPS is enforced by the proxy in front. */
const secureHeaders: Readonly<Record<string, string>> = {
  "cross-origin-resource-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "origin-agent-cluster": "?1",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-dns-prefetch-control": "off",
  "x-download-options": "noopen",
  "x-frame-options": "DENY",
  "x-permitted-cross-domain-policies": "none",
};

const secure: MiddlewareHandler = async (context, next) => {
  await next();
  for (const [name, value] of Object.entries(secureHeaders)) context.res.headers.set(name, value);
};

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

/** Maximum number of requests of one client within a window; those with a token are counted apart. */
interface RequestLimit {
  readonly requests: number;
  readonly windowSeconds: number;
}

/**
 * Answers 429 to a client that sends too many requests, and sends the rest of its quota with every response
 * (draft-ietf-httpapi-ratelimit-headers-10). Counted in this process, which it protects. Requests with a token are counted
 * apart, by the token: a stranger behind the same proxy must not lock the operator out. Whether the token is right makes no
 * difference here, since the answer would reveal it.
 */
function limitRequests({ requests, windowSeconds }: RequestLimit): MiddlewareHandler<{ Bindings: ClientBindings }> {
  const limiter = new RateLimiterMemory({ points: requests, duration: windowSeconds });
  const salt = randomBytes(16);
  // A bounded number of counts, whatever tokens are made up.
  const countOf = (token: string | undefined): number =>
    token === undefined ? 0 : 1 + (createHash("sha256").update(salt).update(token).digest().readUInt16BE() % 64);
  const policy = `"api";q=${requests};w=${windowSeconds}`;
  return async (context, next) => {
    const key = `${clientOf(context.env.remoteAddress)} ${countOf(context.req.header("authorization"))}`;
    const used = await limiter.consume(key).catch((refused: unknown) => {
      if (refused instanceof RateLimiterRes) return refused;
      throw refused;
    });
    const resetSeconds = Math.max(1, Math.ceil(used.msBeforeNext / 1000));
    // Points are consumed by refused requests too: more than there were is refused.
    if (used.consumedPoints > requests) {
      context.res = refuse(resetSeconds);
    } else await next();
    context.res.headers.set("ratelimit-policy", policy);
    context.res.headers.set("ratelimit", `"api";r=${used.remainingPoints};t=${resetSeconds}`);
  };
}

function refuse(retryAfterSeconds: number): Response {
  return toWebResponse(
    problemResponse({
      status: 429,
      code: "RATE_LIMITED",
      title: "Too many requests",
      detail: `This address sends too many requests; try again in ${retryAfterSeconds} s.`,
      headers: { "retry-after": String(retryAfterSeconds) },
    }),
  );
}
