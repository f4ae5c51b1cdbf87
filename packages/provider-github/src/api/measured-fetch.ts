import type { Metrics } from "@agentbot/core";

/** The platform's `fetch`, or one with the same behaviour. */
export type Fetch = typeof globalThis.fetch;

/** What {@link measuredFetch} adds to each request. */
export interface MeasuredFetchOptions {
  readonly fetch: Fetch;
  readonly operation: string;
  readonly timeoutMs: number;
  readonly metrics: Metrics | undefined;
}

/** A `fetch` that counts each try, notes the rate limit that is left, and gives up after `timeoutMs` of its own. */
export function measuredFetch({ fetch, operation, timeoutMs, metrics }: MeasuredFetchOptions): Fetch {
  const count = (statusClass: string): void =>
    metrics?.increment("agentbot_provider_requests_total", {
      provider: "github",
      operation,
      status_class: statusClass,
    });
  return async (input, init) => {
    // A request whose caller left while it waited for its turn is not sent.
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
