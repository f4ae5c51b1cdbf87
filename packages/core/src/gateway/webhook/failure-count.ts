import { probe } from "../../lifecycle/probe.js";
import type { RateLimiter, RateLimitResult } from "../../ports/rate-limiter.js";

/** Counts failures by client: verifications, or tries of a token. */
export interface FailureCount {
  /** Whether the client is known to be over its limit. Asks no other process, so that it costs nothing to ask first. */
  peek(client: string): RateLimitResult;
  /** Counts one failure of a client that is not known to be over its limit. Never throws. */
  count(client: string): Promise<RateLimitResult>;
}

/** Maximum wait for the limiter, in milliseconds. */
const timeoutMs = 250;
/** How long a limiter that failed is not called, in milliseconds. */
const pauseMs = 5000;
/** Maximum number of clients that are known to be over their limit; past it, the one that is known longest is dropped. */
const maxClients = 10_000;

const allowed: RateLimitResult = { status: "allowed" };

/** Counts by a limiter while it answers. One that is down or slow neither changes nor delays an answer: it is paused. */
export function createFailureCount(limiter: RateLimiter): FailureCount {
  let pausedUntilMs = 0;
  const limitedUntilMs = new Map<string, number>();

  const remember = (client: string, untilMs: number): void => {
    limitedUntilMs.set(client, untilMs);
    for (const [oldest] of limitedUntilMs) {
      if (limitedUntilMs.size <= maxClients) return;
      limitedUntilMs.delete(oldest);
    }
  };
  const peek = (client: string): RateLimitResult => {
    const untilMs = limitedUntilMs.get(client);
    if (untilMs === undefined) return allowed;
    const retryAfterMs = untilMs - performance.now();
    if (retryAfterMs > 0) return { status: "limited", retryAfterMs };
    limitedUntilMs.delete(client);
    return allowed;
  };

  return {
    peek,
    async count(client) {
      const known = peek(client);
      if (known.status === "limited" || performance.now() < pausedUntilMs) return known;
      const { value } = await probe(async () => limiter.consume(client), timeoutMs);
      if (value === null) pausedUntilMs = performance.now() + pauseMs;
      else if (value.status === "limited") remember(client, performance.now() + value.retryAfterMs);
      return value ?? allowed;
    },
  };
}
