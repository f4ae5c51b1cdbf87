import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Route } from "../gateway/route.js";
import { respondProblem } from "../http/respond.js";
import type { RateLimitResult } from "../ports/rate-limiter.js";

const digest = (value: string | Buffer): Buffer => createHash("sha256").update(value).digest();

/**
 * Lets only those in who show the token. Without a configured token nobody gets in, and the answer is the same: one
 * constant 401. The right token is never limited, so that nobody can lock the operator out.
 */
export function createTokenGuard(
  token: string | null,
  countFailure: (address: string) => Promise<RateLimitResult>,
): (handle: Route["handle"]) => Route["handle"] {
  // Digests have one length, and the random one is nobody's: each refusal costs the same.
  const wanted = digest(token ?? randomBytes(32));
  return (handle) => async (request, context) => {
    const shown = /^bearer +(\S+) *$/i.exec(request.headers.get("authorization") ?? "")?.[1];
    const isRight = timingSafeEqual(digest(shown ?? ""), wanted) && shown !== undefined;
    if (isRight) return await handle(request, context);

    const { remoteAddress, logger } = context;
    const why = token === null ? "no admin token is configured" : "the token is missing or wrong";
    logger.warn({ remoteAddress }, `Admin request refused: ${why}`);
    const limit = await countFailure(remoteAddress ?? "unknown");
    return limit.status === "allowed" ? respondRefused() : respondLimited(limit.retryAfterMs);
  };
}

function respondRefused(): Response {
  return respondProblem({
    status: 401,
    code: "UNAUTHORIZED",
    title: "Unauthorized",
    detail: "Send the admin token as Authorization: Bearer <token>.",
    headers: { "www-authenticate": 'Bearer realm="agentbot"' },
  });
}

function respondLimited(retryAfterMs: number): Response {
  return respondProblem({
    status: 429,
    code: "TOO_MANY_FAILED_TRIES",
    title: "Too many failed tries",
    detail: "Too many requests with a wrong admin token came from this address.",
    headers: { "retry-after": String(Math.ceil(retryAfterMs / 1000)) },
  });
}
