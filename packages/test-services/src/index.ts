/**
 * A Redis and a PostgreSQL for tests: shared ones for a run by {@link findTestServices}, and private ones to kill, pause
 * and start again by {@link startPrivateRedis} and {@link startPrivatePostgres}.
 */

export { type FoundRenderer, findMarkdownRenderer } from "./find/find-markdown-renderer.js";
export { findTestServices, type TestServices, type TestServicesOptions } from "./find/find-test-services.js";
export { runStatement } from "./postgres/run-statement.js";
export * from "./postgres/start-private-postgres.js";
export { type BundledProgram, bundleProgram, bundlePrograms, inPidNamespace } from "./program/bundle-program.js";
export { type PrivateRedis, type PrivateRedisOptions, startPrivateRedis } from "./redis/start-private-redis.js";
export type { ProgramPlaces } from "./server/find-program.js";
export { findFreePort } from "./server/free-port.js";
