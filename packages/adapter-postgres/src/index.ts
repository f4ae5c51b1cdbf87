/** agentbot's store on PostgreSQL. */

export * from "./create-postgres-store.js";
export * from "./database/open-postgres-database.js";
export type { PostgresPool, PostgresPoolClient, PostgresQuery, PostgresResult } from "./database/postgres-pool.js";
export type {
  SqlDatabase,
  SqlExclusiveOptions,
  SqlExecutor,
  SqlListener,
  SqlParameter,
  SqlQueryOptions,
  SqlRow,
  SqlSession,
  SqlTransactionOptions,
} from "./database/sql-database.js";
export * from "./embedded/open-pglite-database.js";
export { type MigrateOptions, type MigrateResult, migrate } from "./migrations/migrate.js";
export * from "./pub-sub/create-postgres-pub-sub.js";
export * from "./queue/create-postgres-queue.js";
