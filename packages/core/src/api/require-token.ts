import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { RefusalLog } from "../gateway/refusal-log.js";
import type { Route } from "../gateway/route.js";
import type { FailureCount } from "../gateway/webhook/failure-count.js";
import { problemResponse } from "../http/outgoing-response.js";
import { sleep } from "../lifecycle/system-clock.js";
import type { RateLimitResult } from "../ports/rate-limiter.js";

/** Whether a request carries the admin token as `Authorization: Bearer …`. */
export interface TokenGate {
  /** Counts a wrong token, and looks at those of a client with too many at a slow pace. */
  admit(headers: Headers, client: string): Promise<"admitted" | RateLimitResult>;
}

/** How long a token of a client with too many wrong ones waits before it is looked at, in milliseconds. */
const slowMs = 1000;
/** How many of its tokens can wait; more are refused without a look. */
const maxWaiting = 10;
/** Maximum number of clients that are known to be the operator's; past it, the one that is known longest is forgotten. */
const maxOperators = 1000;

const digest = (value: string | Buffer): Buffer => createHash("sha256").update(value).digest();

/**
 * The gate that every use of the token goes through; without a token no request passes. A client with too many wrong tokens
 * waits for each look, so that it can guess ten a second at most. The operator is not locked out by that: no other client is
 * slowed, nor is one from which the right token came before.
 */
export function createTokenGate(token: string | null, failures: FailureCount): TokenGate {
  // Digests have one length, and the random one is never sent: each refusal costs the same.
  const wanted = digest(token ?? randomBytes(32));
  const operators = new Set<string>();
  const waiting = new Map<string, number>();

  const isRight = (headers: Headers): boolean => {
    const given = /^bearer +(\S+) *$/i.exec(headers.get("authorization") ?? "")?.[1];
    return timingSafeEqual(digest(given ?? ""), wanted) && given !== undefined;
  };
  const remember = (client: string): void => {
    operators.delete(client);
    operators.add(client);
    if (operators.size > maxOperators) for (const oldest of [...operators].slice(0, 1)) operators.delete(oldest);
  };
  /** Returns false without waiting if too many wait. */
  const waitTurn = async (client: string): Promise<boolean> => {
    const count = waiting.get(client) ?? 0;
    if (count >= maxWaiting) return false;
    waiting.set(client, count + 1);
    await sleep(slowMs);
    const left = (waiting.get(client) ?? 1) - 1;
    if (left === 0) waiting.delete(client);
    else waiting.set(client, left);
    return true;
  };

  return {
    async admit(headers, client) {
      const limit = failures.peek(client);
      if (limit.status === "limited" && !operators.has(client) && !(await waitTurn(client))) return limit;
      if (!isRight(headers)) return await failures.count(client);
      remember(client);
      return "admitted";
    },
  };
}

/** Lets only requests with the token pass; all others get one constant 401, or 429 after too many of their client. */
export function createTokenGuard(gate: TokenGate, refusals: RefusalLog): (handle: Route["handle"]) => Route["handle"] {
  return (handle) => async (request, context) => {
    const { remoteAddress, client, logger } = context;
    const result = await gate.admit(request.headers, client);
    if (result === "admitted") return await handle(request, context);
    refusals.warn(
      logger,
      { remoteAddress },
      "Admin request refused: the token is missing or wrong, or none is configured",
    );
    if (result.status === "allowed") {
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
      headers: { "retry-after": String(Math.ceil(result.retryAfterMs / 1000)) },
    });
  };
}
