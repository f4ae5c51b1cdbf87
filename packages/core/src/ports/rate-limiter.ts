/** The result of {@link RateLimiter.consume}. */
export type RateLimitResult =
  | { readonly status: "allowed" }
  | { readonly status: "limited"; readonly retryAfterMs: number };

/** Limits how often something may happen. */
export interface RateLimiter {
  /** Returns whether the key is within its limit, without counting. */
  peek(key: string): Promise<RateLimitResult>;
  /** Counts one. */
  consume(key: string): Promise<RateLimitResult>;
}
