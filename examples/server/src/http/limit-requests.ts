import { problemResponse, toWebResponse } from "@agentbot/core";
import type { MiddlewareHandler } from "hono";
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import type { ClientBindings } from "./create-http-app.js";

/** Maximum number of requests of one address within a window; requests with the admin token are counted apart. */
export interface RequestLimit {
  readonly requests: number;
  readonly windowSeconds: number;
}

/**
 * Answers 429 to an address that sends too many requests, and sends the rest of its quota with every response
 * (draft-ietf-httpapi-ratelimit-headers-10). Counted in this process, which it protects. Requests with the admin token are
 * counted apart: behind one proxy all have one address, and a stranger's requests must not lock the operator out.
 */
export function limitRequests(
  { requests, windowSeconds }: RequestLimit,
  hasToken: (headers: Headers) => boolean,
): MiddlewareHandler<{ Bindings: ClientBindings }> {
  const limiter = new RateLimiterMemory({ points: requests, duration: windowSeconds });
  const policy = `"api";q=${requests};w=${windowSeconds}`;
  return async (context, next) => {
    const client = hasToken(context.req.raw.headers) ? "operator" : "stranger";
    const key = `${client} ${context.env.remoteAddress ?? "unknown"}`;
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
