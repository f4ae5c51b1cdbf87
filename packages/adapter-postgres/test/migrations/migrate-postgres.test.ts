import { rejectsWithCode } from "@agentbot/core/testing";
import { beforeEach, describe, expect, test } from "vitest";
import { migrate, openPostgresDatabase, type SqlDatabase } from "../../src/index.js";
import { applyMigrations, findPending } from "../../src/migrations/migrate.js";
import { migrationList } from "../../src/migrations/migration-list.js";
import { createDatabase } from "../fixtures/create-database.js";

const server = await createDatabase();
let schema = "";
const open = (): SqlDatabase =>
  openPostgresDatabase({ pool: server.pool({ options: `-c search_path=${schema}`, max: 4 }), lockTimeoutMs: 50 });

beforeEach(async ({ task }) => {
  schema = `test_${task.id.replaceAll(/\W/g, "_")}`;
  await open().runScript(`CREATE SCHEMA ${schema}`);
});

const slow = { id: "0001-slow", sql: "CREATE TABLE fruit (name text); SELECT pg_sleep(0.3);" };
const next = { id: "0002-next", sql: "ALTER TABLE fruit ADD COLUMN colour text;" };

describe("migrations on a server", () => {
  test("run once when several processes start together, and no process gives up before", async () => {
    const applied = await Promise.all(Array.from({ length: 4 }, () => applyMigrations(open(), [slow, next])));
    const inOrder = applied.flat().toSorted((a, b) => (a.id < b.id ? -1 : 1));
    expect(inOrder).toEqual([slow, next]);
  });

  test("bring an older database to this release, and leave its rows", async () => {
    const database = open();
    await applyMigrations(database, [slow]);
    await database.query("INSERT INTO fruit VALUES ('apple')", []);
    expect(await applyMigrations(open(), [slow, next])).toEqual([next]);
    expect(await database.query("SELECT * FROM fruit", [])).toEqual([{ name: "apple", colour: null }]);
  });

  test("refuse a database of a newer release", async () => {
    await applyMigrations(open(), [slow, next]);
    await rejectsWithCode(applyMigrations(open(), [slow]), "MIGRATION_MISMATCH");
  });

  describe("that are not transactional", () => {
    const fruit = {
      id: "0001-fruit",
      sql: "CREATE TABLE fruit (name text); INSERT INTO fruit VALUES ('fig'), ('fig');",
    };
    const index = {
      id: "0002-index",
      isTransactional: false,
      sql: `DROP INDEX CONCURRENTLY IF EXISTS fruit_name;
        CREATE UNIQUE INDEX CONCURRENTLY fruit_name ON fruit (name);`,
    } as const;
    const isValid = async (): Promise<unknown> => {
      const text = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'fruit_name'::regclass";
      return (await open().query(text, []))[0]?.["indisvalid"];
    };

    test("are repeated whole after a failure in the middle, and written down when done", async () => {
      await expect(applyMigrations(open(), [fruit, index])).rejects.toThrow(/could not create unique index/);
      expect(await isValid()).toBe(false);
      expect(await findPending(open(), [fruit, index])).toEqual([index]);
      await open().runScript("DELETE FROM fruit WHERE ctid = (SELECT min(ctid) FROM fruit)");
      expect(await applyMigrations(open(), [fruit, index])).toEqual([index]);
      expect(await isValid()).toBe(true);
    });

    test("run once when several processes start together, behind a pooler too", async () => {
      await open().runScript(
        "CREATE TABLE fruit (name text); INSERT INTO fruit SELECT generate_series(1, 100000)::text",
      );
      const pooled = openPostgresDatabase({
        ...{ pool: server.pool({ options: `-c search_path=${schema}` }), isBehindTransactionPooler: true },
      });
      const databases = [open(), pooled, open(), pooled];
      const applied = await Promise.all(databases.map((database) => applyMigrations(database, [index])));
      expect(applied.flat()).toEqual([index]);
      expect(await isValid()).toBe(true);
    });
  });

  test("that are not transactional do not wait for the transaction that holds their lock, behind a pooler", async () => {
    await open().runScript("CREATE TABLE fruit (name text)");
    const pool = server.pool({ options: `-c search_path=${schema}` });
    const pooled = openPostgresDatabase({ pool, isBehindTransactionPooler: true });
    const index = {
      id: "0001-index",
      isTransactional: false,
      sql: "CREATE INDEX CONCURRENTLY fruit_name ON fruit (name);",
    } as const;
    expect(await applyMigrations(pooled, [index])).toEqual([index]);
  });

  test.each([
    ["the client alone has", ""],
    ["the role has too", " -c statement_timeout=100 -c lock_timeout=100"],
  ])("take longer than the limit of a statement that %s, behind a pooler too", async (_, limits) => {
    const pool = server.pool({ options: `-c search_path=${schema}${limits}` });
    const pooled = openPostgresDatabase({ pool, isBehindTransactionPooler: true, statementTimeoutMs: 100 });
    await open().runScript("CREATE TABLE fruit (name text)");
    const index = {
      id: "0001-index",
      isTransactional: false,
      sql: `
        SELECT pg_sleep(1.3);
        CREATE INDEX CONCURRENTLY fruit_name ON fruit (name);`,
    } as const;
    expect(await applyMigrations(pooled, [index])).toEqual([index]);
    expect(await applyMigrations(open(), [index])).toEqual([]);
  });

  test("make every table once, in a schema of the user's choice, without any extension", async () => {
    expect((await migrate(open())).migrations).toEqual(migrationList.map(({ id }) => id));
    expect(await migrate(open())).toEqual({ migrations: [], sql: "" });
    const [extensions] = await open().query("SELECT string_agg(extname, ' ') AS names FROM pg_extension", []);
    expect(extensions).toEqual({ names: "plpgsql" });
  });
});
