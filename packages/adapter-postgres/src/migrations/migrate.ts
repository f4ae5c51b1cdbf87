import { AgentBotError } from "@agentbot/core";
import { z } from "zod";
import { execute, fetchRow, fetchRows } from "../database/fetch-rows.js";
import { namedLocks } from "../database/named-locks.js";
import { sql } from "../database/sql.js";
import type { SqlDatabase, SqlExecutor } from "../database/sql-database.js";
import { type Migration, migrationChecksum } from "./migration.js";
import { migrationList } from "./migration-list.js";

/** How {@link migrate} goes about it. */
export interface MigrateOptions {
  /** Change nothing; only tell what would be run. @defaultValue false */
  readonly dryRun?: boolean;
}

/** What {@link migrate} did, or would do: the ids in order, and the SQL to read or to hand to another tool. */
export interface MigrateResult {
  readonly migrations: readonly string[];
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
const patience = { timeoutMs: 3_600_000 };

/**
 * Brings the tables to this release: each pending migration in a transaction of its own, under a lock that makes several
 * starting processes take turns.
 *
 * A release before the one that migrated the database starts on it as long as every migration it lacks is additive.
 *
 * @throws AgentBotError `MIGRATION_MISMATCH` when an applied migration was edited or the database is too new for this release
 */
export async function migrate(database: SqlDatabase, { dryRun = false }: MigrateOptions = {}): Promise<MigrateResult> {
  if (dryRun) return describe(await findPending(database, migrationList));
  return describe(await applyMigrations(database, migrationList));
}

/** As {@link migrate}, with the migrations of your choice. */
export async function applyMigrations(
  database: SqlDatabase,
  migrations: readonly Migration[],
): Promise<readonly Migration[]> {
  const applied: Migration[] = [];
  for (;;) {
    const migration = await database.transaction(async (transaction) => {
      await execute(transaction, sql`SELECT 1 WHERE ${namedLocks(["agentbot_migrations"])}`);
      await transaction.runScript(createLedger);
      const [next] = await findPending(transaction, migrations);
      if (!next) return null;
      await transaction.runScript(completeLedger);
      await transaction.runScript(next.sql);
      await execute(
        transaction,
        sql`INSERT INTO agentbot_migrations (id, checksum, is_additive)
          VALUES (${next.id}, ${migrationChecksum(next)}, ${next.isAdditive ?? false})`,
      );
      return next;
    }, patience);
    if (!migration) return applied;
    applied.push(migration);
  }
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

function describe(migrations: readonly Migration[]): MigrateResult {
  const script = (migration: Migration): string =>
    [
      "BEGIN;",
      createLedger,
      completeLedger,
      `-- ${migration.id}${migration.sql}`,
      `INSERT INTO agentbot_migrations (id, checksum, is_additive) VALUES ('${migration.id}', '${migrationChecksum(migration)}', ${migration.isAdditive ?? false});`,
      "COMMIT;\n",
    ].join("\n");
  return { migrations: migrations.map(({ id }) => id), sql: migrations.map(script).join("\n") };
}
