import type { Clock, Metrics } from "@agentbot/core";

/** The platform's `fetch`, or one with the same behaviour. */
export type Fetch = typeof globalThis.fetch;

/** Options of {@link measuredFetch}. */
export interface MeasuredFetchOptions {
  readonly fetch: Fetch;
  /** The metric's label: one of few fixed words. */
  readonly operation: string;
  /** Maximum duration of each try, in milliseconds. */
  readonly timeoutMs: number;
  readonly metrics: Metrics | undefined;
}

/** A `fetch` that counts each try, records the rate limit that is left, and has a timeout of its own. */
export function measuredFetch({ fetch, operation, timeoutMs, metrics }: MeasuredFetchOptions): Fetch {
  const count = (statusClass: string): void =>
    metrics?.increment("agentbot_provider_requests_total", {
      provider: "github",
      operation,
      status_class: statusClass,
    });
  return async (input, init) => {
    // A request that was aborted while it waited for its turn is not sent.
    init?.signal?.throwIfAborted();
    const timeout = AbortSignal.timeout(timeoutMs);
    const signal = init?.signal ? AbortSignal.any([init.signal, timeout]) : timeout;
    try {
      const response = await fetch(input, { ...init, signal });
      count(`${Math.floor(response.status / 100)}xx`);
      const remaining = response.headers.get("x-ratelimit-remaining");
      if (remaining !== null && /^\d{1,9}$/.test(remaining)) {
        metrics?.set("agentbot_provider_ratelimit_remaining", Number(remaining), { provider: "github" });
      }
      return response;
    } catch (error) {
      count("error");
      throw error;
    }
  };
}

/** Pauses before a second and a third try, in milliseconds: few and short, since the worker's own retries follow. */
const pausesMs = [200, 800];

/**
 * A `fetch` that tries again if GitHub cannot be reached or answers that it is unavailable. For requests that may be
 * repeated. The pauses are measured by the monotonic clock: a date that is set back would make them last for hours.
 */
export function retryBriefly(fetch: Fetch, clock: Clock): Fetch {
  return async (input, init) => {
    const signal = init?.signal ?? undefined;
    for (const pauseMs of pausesMs) {
      const response = await fetch(input, init).catch((error: unknown) => {
        signal?.throwIfAborted();
        return error instanceof Error ? null : Promise.reject(error);
      });
      if (response && response.status < 500 && response.status !== 408) return response;
      await response?.body?.cancel();
      await clock.sleep(pauseMs, signal);
      signal?.throwIfAborted();
    }
    return await fetch(input, init);
  };
}
