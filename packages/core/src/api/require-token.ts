import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Route } from "../gateway/route.js";
import { problemResponse } from "../http/outgoing-response.js";
import type { RateLimitResult } from "../ports/rate-limiter.js";

const digest = (value: string | Buffer): Buffer => createHash("sha256").update(value).digest();

/**
 * Creates the check whether a request carries the admin token as `Authorization: Bearer …`. Its duration reveals nothing
 * about the token. Without a token no request passes.
 */
export function createTokenCheck(token: string | null): (headers: Headers) => boolean {
  // Digests have one length, and the random one is never sent: each refusal costs the same.
  const wanted = digest(token ?? randomBytes(32));
  return (headers) => {
    const given = /^bearer +(\S+) *$/i.exec(headers.get("authorization") ?? "")?.[1];
    return timingSafeEqual(digest(given ?? ""), wanted) && given !== undefined;
  };
}

/**
 * Lets only requests with the token pass; all others get one constant 401. The right token is never limited, so that no
 * other client can lock the operator out.
 */
export function createTokenGuard(
  token: string | null,
  countFailure: (address: string) => Promise<RateLimitResult>,
): (handle: Route["handle"]) => Route["handle"] {
  const hasToken = createTokenCheck(token);
  return (handle) => async (request, context) => {
    if (hasToken(request.headers)) return await handle(request, context);

    const { remoteAddress, logger } = context;
    const why = token === null ? "no admin token is configured" : "the token is missing or wrong";
    logger.warn({ remoteAddress }, `Admin request refused: ${why}`);
    const limit = await countFailure(remoteAddress ?? "unknown");
    if (limit.status === "allowed") {
      return problemResponse({
        status: 401,
        code: "UNAUTHORIZED",
        title: "Unauthorized",
        detail: "Send the admin token as Authorization: Bearer <token>.",
        headers: { "www-authenticate": 'Bearer realm="agentbot"' },
      });
    }
    return problemResponse({
      status: 429,
      code: "TOO_MANY_FAILED_TRIES",
      title: "Too many failed tries",
      detail: "Too many requests with a wrong admin token came from this address.",
      headers: { "retry-after": String(Math.ceil(limit.retryAfterMs / 1000)) },
    });
  };
}
