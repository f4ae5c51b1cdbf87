import { z } from "zod";
import { parseOptions } from "../errors/parse-options.js";
import { clockSchema } from "../errors/port-schema.js";
import { systemClock } from "../lifecycle/system-clock.js";
import type { Clock } from "../ports/clock.js";
import type { RateLimiter, RateLimitResult } from "../ports/rate-limiter.js";
import type { ShapeOf } from "../task/shape-of.js";

/** Options of {@link createMemoryRateLimiter}. */
export interface MemoryRateLimiterOptions {
  /** Maximum count of a key within one window. */
  readonly limit: number;
  /** The length of a window, in milliseconds; a key's first count starts it. */
  readonly windowMs: number;
  /** Maximum number of keys; past it, the one whose window began first is dropped. @defaultValue 10000 */
  readonly maxKeys?: number;
  /** @defaultValue the machine's */
  readonly clock?: Clock;
}

const optionsSchema = z.strictObject({
  limit: z.int().min(1),
  windowMs: z.number().positive(),
  maxKeys: z.int().min(1).default(10_000),
  clock: clockSchema.default(systemClock),
} satisfies ShapeOf<MemoryRateLimiterOptions>);

/**
 * A fixed-window limit in the memory of this process, which stays bounded whatever keys it counts.
 *
 * @throws AgentBotError `CONFIGURATION_INVALID`
 */
export function createMemoryRateLimiter(options: MemoryRateLimiterOptions): RateLimiter {
  const { limit, windowMs, maxKeys, clock } = parseOptions("createMemoryRateLimiter", optionsSchema, options);
  /** In the order their windows began, which is the order in which they end. */
  const windows = new Map<string, { readonly endsAtMs: number; count: number }>();

  const dropEnded = (nowMs: number): void => {
    for (const [key, { endsAtMs }] of windows) {
      if (endsAtMs > nowMs && windows.size <= maxKeys) return;
      windows.delete(key);
    }
  };

  const look = (key: string, nowMs: number): RateLimitResult => {
    dropEnded(nowMs);
    const known = windows.get(key);
    if (!known || known.count < limit) return { status: "allowed" };
    return { status: "limited", retryAfterMs: known.endsAtMs - nowMs };
  };

  return {
    async peek(key) {
      return look(key, clock.now().getTime());
    },
    async consume(key) {
      const nowMs = clock.now().getTime();
      const result = look(key, nowMs);
      if (result.status === "limited") return result;
      const known = windows.get(key);
      if (known) known.count += 1;
      else windows.set(key, { endsAtMs: nowMs + windowMs, count: 1 });
      dropEnded(nowMs);
      return result;
    },
  };
}
