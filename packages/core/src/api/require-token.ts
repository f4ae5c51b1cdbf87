import type { Route } from "../gateway/route.js";
import { problemResponse } from "../http/responses.js";
import type { RateLimitResult } from "../ports/rate-limiter.js";
import { createTokenCheck } from "./token-check.js";

/**
 * Lets only those in who show the token. Without a configured token nobody gets in, and the answer is the same: one
 * constant 401. The right token is never limited, so that nobody can lock the operator out.
 */
export function createTokenGuard(
  token: string | null,
  countFailure: (address: string) => Promise<RateLimitResult>,
): (handle: Route["handle"]) => Route["handle"] {
  const showsToken = createTokenCheck(token);
  return (handle) => async (request, context) => {
    if (showsToken(request.headers)) return await handle(request, context);

    const { remoteAddress, logger } = context;
    const why = token === null ? "no admin token is configured" : "the token is missing or wrong";
    logger.warn({ remoteAddress }, `Admin request refused: ${why}`);
    const limit = await countFailure(remoteAddress ?? "unknown");
    return limit.status === "allowed" ? respondRefused() : respondLimited(limit.retryAfterMs);
  };
}

function respondRefused(): Response {
  return problemResponse({
    status: 401,
    code: "UNAUTHORIZED",
    title: "Unauthorized",
    detail: "Send the admin token as Authorization: Bearer <token>.",
    headers: { "www-authenticate": 'Bearer realm="agentbot"' },
  });
}

function respondLimited(retryAfterMs: number): Response {
  return problemResponse({
    status: 429,
    code: "TOO_MANY_FAILED_TRIES",
    title: "Too many failed tries",
    detail: "Too many requests with a wrong admin token came from this address.",
    headers: { "retry-after": String(Math.ceil(retryAfterMs / 1000)) },
  });
}
