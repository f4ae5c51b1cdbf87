import { createHash } from "node:crypto";
import type { RateLimiter, RateLimitResult } from "@agentbot/core";
import { parseOptions } from "@agentbot/core/adapter";
import { z } from "zod";
import { clientSchema, type RedisClient } from "../connection/redis-client.js";
import { send } from "../connection/send.js";

/** What {@link createRedisRateLimiter} takes. */
export interface RedisRateLimiterOptions {
  /** Stays yours to close. */
  readonly client: RedisClient;
  /** What is limited; limiters of one name share their counts. */
  readonly name: string;
  /** How often a key may be counted within one window. */
  readonly limit: number;
  /** How long a window is, in milliseconds; a key's first count starts it. */
  readonly windowMs: number;
  /** How long an answer may take, in milliseconds. @defaultValue 500 */
  readonly timeoutMs?: number;
}

const optionsSchema = z.strictObject({
  client: clientSchema,
  name: z.string().regex(/^[\w.-]{1,64}$/, "must be 1 to 64 letters, digits, dots, hyphens and underscores"),
  limit: z.int().min(1),
  windowMs: z.int().min(1),
  timeoutMs: z.int().min(1).default(500),
});

/** Answers 0 when the key is within its limit, else how many milliseconds it has to wait. ARGV: limit, window, is it counted? */
const script = `
local count = tonumber(redis.call('GET', KEYS[1]) or '0')
if count >= tonumber(ARGV[1]) then
  local left = redis.call('PTTL', KEYS[1])
  if left > 0 then return left end
  if left == 0 then return 1 end
  redis.call('DEL', KEYS[1])
end
if ARGV[3] == '1' and redis.call('INCR', KEYS[1]) == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 0`;

/** Keys come from strangers: short ones stay readable, long ones get short. */
const longestKey = 128;

/**
 * A fixed-window limit that every process shares, counted by one atomic script, in keys `{agent:tasks}:limit:<name>:<key>`
 * that expire.
 *
 * Both methods throw AgentBotError `QUEUE_UNAVAILABLE` when Redis cannot be reached: at once while the connection is down,
 * after `timeoutMs` at the latest. Whether that is a yes or a no is the caller's to decide.
 *
 * @throws AgentBotError `CONFIGURATION_INVALID` naming every wrong option
 */
export function createRedisRateLimiter(options: RedisRateLimiterOptions): RateLimiter {
  const { client, name, limit, windowMs, timeoutMs } = parseOptions("createRedisRateLimiter", optionsSchema, options);

  const ask = async (key: string, isCounted: 0 | 1): Promise<RateLimitResult> => {
    const short = key.length <= longestKey ? key : `sha256:${createHash("sha256").update(key).digest("hex")}`;
    const args = [script, 1, `{agent:tasks}:limit:${name}:${short}`, limit, windowMs, isCounted];
    const retryAfterMs = Number(await send(client, "eval", args, timeoutMs));
    return retryAfterMs === 0 ? { status: "allowed" } : { status: "limited", retryAfterMs };
  };

  return {
    peek: (key) => ask(key, 0),
    consume: (key) => ask(key, 1),
  };
}
