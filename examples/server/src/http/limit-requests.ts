import type { MiddlewareHandler } from "hono";
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import type { ClientBindings } from "./create-http-app.js";

/** How often one address may ask, and within how long. */
export interface RequestLimit {
  readonly requests: number;
  readonly windowSeconds: number;
}

/**
 * Answers 429 to an address that asks too often, and says on every answer how much is left
 * (draft-ietf-httpapi-ratelimit-headers-10). Counted in this process: it protects the process, and asks no other.
 */
export function limitRequests({
  requests,
  windowSeconds,
}: RequestLimit): MiddlewareHandler<{ Bindings: ClientBindings }> {
  const limiter = new RateLimiterMemory({ points: requests, duration: windowSeconds });
  const policy = `"api";q=${requests};w=${windowSeconds}`;
  return async (context, next) => {
    const asked = await limiter.consume(context.env.remoteAddress ?? "unknown").catch((refused: unknown) => {
      if (refused instanceof RateLimiterRes) return refused;
      throw refused;
    });
    const resetSeconds = Math.max(1, Math.ceil(asked.msBeforeNext / 1000));
    // Points are consumed by refused requests too: more than there were is refused.
    if (asked.consumedPoints > requests) {
      context.res = refuse(resetSeconds);
    } else await next();
    context.res.headers.set("ratelimit-policy", policy);
    context.res.headers.set("ratelimit", `"api";r=${asked.remainingPoints};t=${resetSeconds}`);
  };
}

function refuse(retryAfterSeconds: number): Response {
  const problem = {
    type: "urn:agentbot:problem:RATE_LIMITED",
    title: "Too many requests",
    status: 429,
    detail: `This address asks too often; ask again in ${retryAfterSeconds} s.`,
    code: "RATE_LIMITED",
  };
  return new Response(JSON.stringify(problem), {
    status: 429,
    headers: {
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      "retry-after": String(retryAfterSeconds),
    },
  });
}
