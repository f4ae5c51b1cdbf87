import { AgentBotError } from "@agentbot/core";
import { parseOptions, type ShapeOf } from "@agentbot/core/adapter";
import { z } from "zod";
import { schemaOption } from "../database/database-schema.js";
import { execute, fetchRow, fetchRows } from "../database/rows.js";
import { quotedName, sql } from "../database/sql.js";
import type { SqlDatabase, SqlExecutor, SqlSession } from "../database/sql-database.js";
import { type Migration, migrationChecksum, statementsOf } from "./migration.js";
import { migrationList } from "./migration-list.js";

/** Options of {@link migrate}. */
export interface MigrateOptions {
  /** Changes nothing; only returns what would be run. @defaultValue false */
  readonly dryRun?: boolean;
  /**
   * The schema of the tables, which is created if it does not exist; the store and the queue need the same one.
   * @defaultValue the first schema of the connection's `search_path`
   */
  readonly schema?: string;
}

const optionsSchema = z.strictObject({
  dryRun: z.boolean().default(false),
  schema: schemaOption,
} satisfies ShapeOf<MigrateOptions>);

/** The migrations that {@link migrate} ran, or would run: their ids in order, and the SQL to read or to run by another tool. */
export interface MigrateResult {
  /** The ids, in the order in which they run. */
  readonly migrations: readonly string[];
  /** All their statements as one text. */
  readonly sql: string;
}

const createLedger = `CREATE TABLE IF NOT EXISTS agentbot_migrations (
  id text PRIMARY KEY,
  checksum text NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now()
);`;
/** Only with a migration to write down: a role that may not change tables can start on those that are there. */
const completeLedger = `ALTER TABLE agentbot_migrations
  ADD COLUMN IF NOT EXISTS is_additive boolean NOT NULL DEFAULT FALSE;`;

/** A migration may take long on large tables, and so may waiting for another process that runs it. */
const timeoutMs = 3_600_000;

/**
 * Brings the tables to this release. Processes that start together take turns under a lock. Each pending migration runs in
 * a transaction of its own, apart from those that PostgreSQL refuses in one: their statements can be repeated.
 *
 * A release before the one that migrated the database starts on it as long as every migration it lacks is additive.
 *
 * @throws AgentBotError `MIGRATION_MISMATCH` when an applied migration was edited or the database is too new for this
 * release, `CONFIGURATION_INVALID` for a wrong option
 */
export async function migrate(database: SqlDatabase, options: MigrateOptions = {}): Promise<MigrateResult> {
  const { dryRun, schema } = parseOptions("migrate", optionsSchema, options);
  if (schema === undefined) {
    return describe(await (dryRun ? findPending : applyMigrations)(database, migrationList), "");
  }
  const createSchema = `CREATE SCHEMA IF NOT EXISTS ${quotedName(schema)};`;
  const placed = database.inSchema(schema);
  const prologue = `${createSchema}\nSET search_path = ${quotedName(schema)};\n`;
  if (dryRun) return describe(await findPending(placed, migrationList), prologue);
  const existing = sql`SELECT 1 FROM pg_namespace WHERE nspname = ${schema}`;
  if ((await execute(database, existing)) === 0) await database.runScript(createSchema);
  return describe(await applyMigrations(placed, migrationList), prologue);
}

/** Applies the pending ones of the given migrations; returns them. */
export async function applyMigrations(
  database: SqlDatabase,
  migrations: readonly Migration[],
): Promise<readonly Migration[]> {
  const work = async (session: SqlSession): Promise<readonly Migration[]> => {
    await session.runScript(createLedger);
    const pending = await findPending(session, migrations);
    for (const migration of pending) await applyMigration(session, migration);
    return pending;
  };
  return await database.exclusively("agentbot_migrations", work, { timeoutMs });
}

async function applyMigration(session: SqlSession, migration: Migration): Promise<void> {
  const write = async (executor: SqlExecutor): Promise<void> => {
    await executor.runScript(completeLedger);
    await execute(
      executor,
      sql`INSERT INTO agentbot_migrations (id, checksum, is_additive)
        VALUES (${migration.id}, ${migrationChecksum(migration)}, ${migration.isAdditive ?? false})`,
    );
  };
  if (migration.isTransactional === false) {
    for (const statement of statementsOf(migration)) await session.runScript(statement);
    await write(session);
    return;
  }
  await session.transaction(
    async (transaction) => {
      await transaction.runScript(migration.sql);
      await write(transaction);
    },
    { timeoutMs },
  );
}

/** The migrations a database has not applied; throws `MIGRATION_MISMATCH` as {@link migrate} does. */
export async function findPending(
  executor: SqlExecutor,
  migrations: readonly Migration[],
): Promise<readonly Migration[]> {
  const ledger = z.object({ exists: z.boolean() });
  const found = await fetchRow(
    executor,
    "catalog entry",
    ledger,
    sql`SELECT to_regclass('agentbot_migrations') IS NOT NULL AS exists`,
  );
  if (!found?.exists) return migrations;
  const applied = await fetchRows(
    executor,
    "migration",
    z.object({ id: z.string(), checksum: z.string(), is_additive: z.boolean() }),
    // The column is not there yet where an older release made the table.
    sql`SELECT id, checksum, COALESCE((to_jsonb(ledger) ->> 'is_additive')::boolean, FALSE) AS is_additive
      FROM agentbot_migrations AS ledger ORDER BY id`,
  );
  for (const [index, { id, checksum, is_additive: isAdditive }] of applied.entries()) {
    const shipped = migrations.find((migration) => migration.id === id);
    if (!shipped) {
      // All of ours are there, and what came after them only adds.
      if (isAdditive && index >= migrations.length) continue;
      throw new AgentBotError(
        "MIGRATION_MISMATCH",
        `The database has migration ${id}, which this release does not know: it was migrated by a newer release. Start that release, or restore the database from before the upgrade.`,
        { details: { migration: id } },
      );
    }
    if (migrationChecksum(shipped) !== checksum || migrations[index] !== shipped) {
      throw new AgentBotError(
        "MIGRATION_MISMATCH",
        `Migration ${id} of this release differs from the one the database has applied: a released migration was edited or left out. Install an unmodified release of @agentbot/adapter-postgres.`,
        { details: { migration: id } },
      );
    }
  }
  return migrations.slice(applied.length);
}

function describe(migrations: readonly Migration[], prologue: string): MigrateResult {
  if (migrations.length === 0) return { migrations: [], sql: "" };
  const script = (migration: Migration): string => {
    const isTransactional = migration.isTransactional ?? true;
    return [
      ...(isTransactional ? ["BEGIN;"] : []),
      createLedger,
      completeLedger,
      `-- ${migration.id}${migration.sql}`,
      `INSERT INTO agentbot_migrations (id, checksum, is_additive) VALUES ('${migration.id}', '${migrationChecksum(migration)}', ${migration.isAdditive ?? false});`,
      ...(isTransactional ? ["COMMIT;\n"] : [""]),
    ].join("\n");
  };
  return { migrations: migrations.map(({ id }) => id), sql: prologue + migrations.map(script).join("\n") };
}
