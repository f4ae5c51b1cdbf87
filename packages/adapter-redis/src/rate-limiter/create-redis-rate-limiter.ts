import { createHash } from "node:crypto";
import type { RateLimiter, RateLimitResult } from "@agentbot/core";
import { maxTimerMs, parseOptions, type ShapeOf } from "@agentbot/core/adapter";
import { z } from "zod";
import { clientSchema, type RedisClient } from "../connection/redis-client.js";
import { send } from "../connection/send.js";

/** Options of {@link createRedisRateLimiter}. */
export interface RedisRateLimiterOptions {
  /** Stays yours to close. */
  readonly client: RedisClient;
  /** Names the limit; limiters of one name share their counts. */
  readonly name: string;
  /** Maximum count of a key within one window. */
  readonly limit: number;
  /** Length of a window, in milliseconds; a key's first count starts it. */
  readonly windowMs: number;
  /** Maximum wait for an answer of Redis, in milliseconds. @defaultValue 500 */
  readonly timeoutMs?: number;
}

const optionsSchema = z.strictObject({
  client: clientSchema,
  name: z.string().regex(/^[\w.-]{1,64}$/, "must be 1 to 64 letters, digits, dots, hyphens and underscores"),
  limit: z.int().min(1),
  windowMs: z.int().min(1),
  timeoutMs: z.int().min(1).max(maxTimerMs).default(500),
} satisfies ShapeOf<RedisRateLimiterOptions>);

/** Returns 0 if the key is within its limit, else the milliseconds until its window ends. */
const script = /* lua */ `
local LIMIT, WINDOW_MS, IS_COUNTED = unpack(ARGV)
local count = tonumber(redis.call('GET', KEYS[1]) or '0')
if count >= tonumber(LIMIT) then
  local left = redis.call('PTTL', KEYS[1])
  if left > 0 then return left end
  if left == 0 then return 1 end
  redis.call('DEL', KEYS[1])
end
if IS_COUNTED == '1' and redis.call('INCR', KEYS[1]) == 1 then redis.call('PEXPIRE', KEYS[1], WINDOW_MS) end
return 0`;

/** Maximum length of a key that stays readable; keys come from strangers, and a longer one is hashed. */
const longestKey = 128;

/**
 * A fixed-window limit that every process shares, counted by one atomic script, in keys `{agent:tasks}:limit:<name>:<key>`
 * that expire.
 *
 * Both methods throw AgentBotError `QUEUE_UNAVAILABLE` when Redis cannot be reached: at once while the connection is down,
 * after `timeoutMs` at the latest. The caller decides whether that allows or refuses.
 *
 * @throws AgentBotError `CONFIGURATION_INVALID` naming every wrong option
 */
export function createRedisRateLimiter(options: RedisRateLimiterOptions): RateLimiter {
  const { client, name, limit, windowMs, timeoutMs } = parseOptions("createRedisRateLimiter", optionsSchema, options);

  const count = async (key: string, isCounted: 0 | 1): Promise<RateLimitResult> => {
    const short = key.length <= longestKey ? key : `sha256:${createHash("sha256").update(key).digest("hex")}`;
    const args = [script, 1, `{agent:tasks}:limit:${name}:${short}`, limit, windowMs, isCounted];
    const retryAfterMs = Number(await send(client, "eval", args, timeoutMs));
    return retryAfterMs === 0 ? { status: "allowed" } : { status: "limited", retryAfterMs };
  };

  return {
    peek: (key) => count(key, 0),
    consume: (key) => count(key, 1),
  };
}
