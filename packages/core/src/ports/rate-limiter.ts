/** What {@link RateLimiter.consume} answers. */
export type RateLimitResult =
  | { readonly status: "allowed" }
  | { readonly status: "limited"; readonly retryAfterMs: number };

/** Counts what may happen only so often. */
export interface RateLimiter {
  /** Is the key still within its limit? Counts nothing. */
  peek(key: string): Promise<RateLimitResult>;
  /** Counts one. */
  consume(key: string): Promise<RateLimitResult>;
}
