/**
 * A Redis and a PostgreSQL for tests: shared ones for a run by {@link findTestServices}, and private ones to kill, pause
 * and start again by {@link startPrivateRedis} and {@link startPrivatePostgres}.
 */

export * from "./find/find-test-services.js";
export type { TestServicesOptions } from "./find/test-services-options.js";
export * from "./postgres/start-private-postgres.js";
export * from "./redis/start-private-redis.js";
export type { ProgramPlaces } from "./server/find-program.js";
export * from "./server/free-port.js";
