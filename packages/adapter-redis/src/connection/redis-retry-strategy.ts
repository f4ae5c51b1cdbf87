import { backOffMs, maxTimerMs, parseOptions, type ShapeOf } from "@agentbot/core/adapter";
import { z } from "zod";

/** How {@link redisRetryStrategy} waits. */
export interface RedisRetryOptions {
  /** About the first wait, in milliseconds. @defaultValue 100 */
  readonly baseMs?: number;
  /** No wait is longer, in milliseconds. @defaultValue 5000 */
  readonly capMs?: number;
}

const optionsSchema = z.strictObject({
  baseMs: z.int().positive().default(100),
  capMs: z.int().positive().max(maxTimerMs).default(5000),
} satisfies ShapeOf<RedisRetryOptions>);

/**
 * Reconnects for ever, with a growing, capped wait with jitter: what to give ioredis as `retryStrategy`, or a Cluster as
 * `clusterRetryStrategy`.
 *
 * @throws AgentBotError `CONFIGURATION_INVALID` naming every wrong option
 *
 * @example
 * const client = new Redis(url, { retryStrategy: redisRetryStrategy(), maxRetriesPerRequest: 1 });
 */
export function redisRetryStrategy(options: RedisRetryOptions = {}): (times: number) => number {
  const backOff = parseOptions("redisRetryStrategy", optionsSchema, options);
  return (times) => backOffMs(times, backOff);
}
