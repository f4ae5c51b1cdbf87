import { probe } from "../../lifecycle/probe.js";
import type { RateLimiter, RateLimitResult } from "../../ports/rate-limiter.js";

/** Counts one failed verification of an address. Never throws. */
export type CountFailure = (address: string) => Promise<RateLimitResult>;

/** How long the count may take, in milliseconds. */
const timeoutMs = 250;
/** How long a limiter that failed is not asked, in milliseconds. */
const pauseMs = 5000;

const allowed: RateLimitResult = { status: "allowed" };

/**
 * Counts with the limiter while it answers. One that is down or slow changes no answer and holds none up: for a while
 * nothing is counted, then one delivery asks it again.
 */
export function createCountFailure(limiter: RateLimiter): CountFailure {
  let askAgainAtMs = 0;
  return async (address) => {
    if (performance.now() < askAgainAtMs) return allowed;
    const { value } = await probe(async () => limiter.consume(address), timeoutMs);
    if (value !== null) return value;
    askAgainAtMs = performance.now() + pauseMs;
    return allowed;
  };
}
