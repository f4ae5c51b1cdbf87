/** A private Redis and a private PostgreSQL for tests. */

export * from "./postgres/start-private-postgres.js";
export * from "./redis/start-private-redis.js";
