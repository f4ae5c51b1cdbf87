import { probe } from "../../lifecycle/probe.js";
import type { RateLimiter, RateLimitResult } from "../../ports/rate-limiter.js";

/** Counts one failed verification of an address. Never throws. */
export type CountFailure = (address: string) => Promise<RateLimitResult>;

/** Maximum wait for the limiter, in milliseconds. */
const timeoutMs = 250;
/** How long a limiter that failed is not called, in milliseconds. */
const pauseMs = 5000;

const allowed: RateLimitResult = { status: "allowed" };

/** Counts by a limiter while it answers. One that is down or slow neither changes nor delays an answer: it is paused. */
export function createFailureCount(limiter: RateLimiter): CountFailure {
  let pausedUntilMs = 0;
  return async (address) => {
    if (performance.now() < pausedUntilMs) return allowed;
    const { value } = await probe(async () => limiter.consume(address), timeoutMs);
    if (value !== null) return value;
    pausedUntilMs = performance.now() + pauseMs;
    return allowed;
  };
}
