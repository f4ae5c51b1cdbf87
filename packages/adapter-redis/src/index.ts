/** agentbot's queue, wake-ups and rate limiter on Redis, and the watch over its connection. */

export * from "./connection/check-redis-url.js";
export * from "./connection/connect-redis.js";
export type { RedisClient } from "./connection/redis-client.js";
export * from "./connection/redis-retry-strategy.js";
export * from "./pub-sub/create-redis-pub-sub.js";
export * from "./queue/create-redis-queue.js";
export * from "./rate-limiter/create-redis-rate-limiter.js";
