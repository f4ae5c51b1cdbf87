import { problemResponse, toWebResponse } from "@agentbot/core";
import type { MiddlewareHandler } from "hono";
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import type { ClientBindings } from "./create-http-app.js";

/** How often one address may ask with the admin token, and how often without, and within how long. */
export interface RequestLimit {
  readonly requests: number;
  readonly windowSeconds: number;
}

/**
 * Answers 429 to an address that asks too often, and says on every answer how much is left
 * (draft-ietf-httpapi-ratelimit-headers-10). Counted in this process: it protects the process, and asks no other.
 * Who shows the admin token is counted apart: behind one proxy all have one address, and a stranger's requests must not
 * lock the operator out.
 */
export function limitRequests(
  { requests, windowSeconds }: RequestLimit,
  showsToken: (headers: Headers) => boolean,
): MiddlewareHandler<{ Bindings: ClientBindings }> {
  const limiter = new RateLimiterMemory({ points: requests, duration: windowSeconds });
  const policy = `"api";q=${requests};w=${windowSeconds}`;
  return async (context, next) => {
    const asker = showsToken(context.req.raw.headers) ? "operator" : "stranger";
    const key = `${asker} ${context.env.remoteAddress ?? "unknown"}`;
    const asked = await limiter.consume(key).catch((refused: unknown) => {
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
