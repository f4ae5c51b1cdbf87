/** agentbot's store on PostgreSQL. */

export * from "./create-postgres-store.js";
export type { SqlDatabase, SqlExecutor, SqlParameter, SqlRow } from "./database/sql-database.js";
export * from "./embedded/open-pglite-database.js";
export { type MigrateOptions, type MigrateResult, migrate } from "./migrations/migrate.js";
