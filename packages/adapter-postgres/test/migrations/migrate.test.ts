import { rejectsWithCode } from "@agentbot/core/testing";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { migrate, openPgliteDatabase } from "../../src/index.js";
import { applyMigrations, findPending } from "../../src/migrations/migrate.js";
import { migrationChecksum } from "../../src/migrations/migration.js";
import { migrationList, migrationsFingerprint } from "../../src/migrations/migration-list.js";

const first = { id: "0001-first", sql: "CREATE TABLE fruit (name text); INSERT INTO fruit VALUES ('apple');" };
const second = { id: "0002-second", sql: "ALTER TABLE fruit ADD COLUMN colour text;" };
const broken = { id: "0002-broken", sql: "INSERT INTO fruit VALUES ('pear'); SELECT 1 / 0;" };

const database = await openPgliteDatabase({ dataDirectory: null });
afterAll(() => database.close());

// Each test has a schema of its own: PGlite has one connection, so its search_path holds.
beforeEach(async (context) => {
  const schema = `test_${context.task.id.replaceAll(/\W/g, "_")}`;
  await database.runScript(`CREATE SCHEMA "${schema}"; SET search_path TO "${schema}";`);
});

const fruits = async () => (await database.query("SELECT * FROM fruit", [])).map((row) => row["name"]);

describe("migrations", () => {
  test("run once, in order, and are written down with their checksum", async () => {
    expect(await applyMigrations(database, [first])).toEqual([first]);
    expect(await applyMigrations(database, [first, second])).toEqual([second]);
    expect(await applyMigrations(database, [first, second])).toEqual([]);
    const ledger = await database.query("SELECT * FROM agentbot_migrations ORDER BY id", []);
    expect(ledger).toEqual(
      [first, second].map((migration) => ({
        id: migration.id,
        checksum: migrationChecksum(migration),
        applied_at: expect.any(Date),
        is_additive: false,
      })),
    );
    expect(await fruits()).toEqual(["apple"]);
  });

  test("run once when many ask at the same time", async () => {
    const applied = await Promise.all(Array.from({ length: 5 }, () => applyMigrations(database, [first, second])));
    expect(applied.flat()).toEqual([first, second]);
    expect(await fruits()).toEqual(["apple"]);
  });

  test("run wholly or not at all", async () => {
    await expect(applyMigrations(database, [first, broken])).rejects.toThrow("division by zero");
    expect(await fruits()).toEqual(["apple"]);
    expect(await findPending(database, [first, broken])).toEqual([broken]);
    expect(await applyMigrations(database, [first, second])).toEqual([second]);
  });

  test("refuse a released migration that was edited, naming it and the fix", async () => {
    await applyMigrations(database, [first, second]);
    const edited = { ...first, sql: `${first.sql} -- edited` };
    await rejectsWithCode(applyMigrations(database, [edited, second]), "MIGRATION_MISMATCH");
    await expect(applyMigrations(database, [edited, second])).rejects.toThrow(/0001-first .* differs .* Install/s);
  });

  test("refuse a database that a newer release has migrated, naming the migration and the fix", async () => {
    await applyMigrations(database, [first, second]);
    await rejectsWithCode(applyMigrations(database, [first]), "MIGRATION_MISMATCH");
    await expect(applyMigrations(database, [first])).rejects.toThrow(/0002-second.* newer release\. Start/s);
  });

  test("leave a database alone that a newer release has only added to, and refuse one that it has changed since", async () => {
    const added = { id: "0003-added", sql: "ALTER TABLE fruit ADD COLUMN more text;", isAdditive: true } as const;
    const changed = { id: "0004-changed", sql: "ALTER TABLE fruit DROP COLUMN more;" };
    await applyMigrations(database, [first, second, added]);
    expect(await applyMigrations(database, [first, second])).toEqual([]);
    await rejectsWithCode(applyMigrations(database, [first]), "MIGRATION_MISMATCH");
    await applyMigrations(database, [first, second, added, changed]);
    await expect(applyMigrations(database, [first, second])).rejects.toThrow(/0004-changed/);
  });

  test("refuse a migration that was left out", async () => {
    const third = { id: "0003-third", sql: "SELECT 1;" };
    await applyMigrations(database, [first, third]);
    await rejectsWithCode(applyMigrations(database, [first, second, third]), "MIGRATION_MISMATCH");
  });

  test("are listed by a dry run, which changes nothing", async () => {
    const listed = await migrate(database, { dryRun: true });
    expect(listed.migrations).toEqual(migrationList.map(({ id }) => id));
    const [found] = await database.query("SELECT to_regclass('agentbot_migrations') IS NULL AS is_absent", []);
    expect(found).toEqual({ is_absent: true });
  });

  test("can be run by hand from the SQL of a dry run", async () => {
    const { sql } = await migrate(database, { dryRun: true });
    // PGlite gets the script as one message, which is one transaction; psql sends statement by statement.
    await database.runScript(sql.replaceAll("CONCURRENTLY", ""));
    expect(await migrate(database)).toEqual({ migrations: [], sql: "" });
    expect(await database.query("SELECT status, COUNT(*) FROM tasks GROUP BY status", [])).toEqual([]);
  });

  test("have a fingerprint that changes with any of them", () => {
    const names = [migrationList, [first], [first, second], [{ ...first, id: "0001-other" }], [broken]];
    expect(new Set(names.map((list) => migrationsFingerprint(list))).size).toBe(names.length);
    expect(migrationsFingerprint()).toBe(migrationsFingerprint([...migrationList]));
  });
});
