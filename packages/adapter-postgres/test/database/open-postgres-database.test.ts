import { rejectsWithCode } from "@agentbot/core/testing";
import { describe, expect, test } from "vitest";
import { openPostgresDatabase } from "../../src/index.js";
import { createDatabase } from "../fixtures/create-database.js";
import { gate } from "../fixtures/gate.js";

const server = await createDatabase();
const one = () => server.pool({ max: 1 });
const preparedCount = "SELECT count(*) AS count FROM pg_prepared_statements";

describe("openPostgresDatabase", () => {
  test("names every wrong option", () => {
    const options = { pool: {}, statementTimeoutMs: 0, lockTimeoutMs: 1.5, isBehindTransactionPooler: "no" };
    expect(() => Reflect.apply(openPostgresDatabase, null, [options])).toThrow(
      /pool: expected a Pool .*statementTimeoutMs: .*lockTimeoutMs: .*isBehindTransactionPooler: /,
    );
  });

  test("limits how long a statement runs and waits, on every connection, those of before included", async () => {
    const pool = one();
    await pool.query("SELECT 1");
    const database = openPostgresDatabase({ pool, statementTimeoutMs: 400, lockTimeoutMs: 100 });
    const limits = `SELECT current_setting('statement_timeout') AS statement, current_setting('lock_timeout') AS lock,
      current_setting('idle_in_transaction_session_timeout') AS idle`;
    expect(await database.query(limits, [])).toEqual([{ statement: "400ms", lock: "100ms", idle: "400ms" }]);
    await rejectsWithCode(database.query("SELECT pg_sleep(60)", []), "STORE_UNAVAILABLE");
    await database.transaction(
      async (transaction) => {
        expect(await transaction.query(limits, [])).toEqual([{ statement: "1min", lock: "1min", idle: "1min" }]);
      },
      { timeoutMs: 60_000 },
    );
    expect(await database.query(limits, [])).toEqual([{ statement: "400ms", lock: "100ms", idle: "400ms" }]);
  });

  test("refuses a statement on a connection that was given back", async () => {
    const database = openPostgresDatabase({ pool: one() });
    const kept = await database.exclusively("given back", async (session) => session);
    await expect(kept.query("SELECT 1", [])).rejects.toThrow(/^The connection was given back/);
    await expect(kept.transaction(async () => {})).rejects.toThrow(/^The connection was given back/);
  });

  test("waits for a lock no longer than its limit", async () => {
    const database = openPostgresDatabase({ pool: server.pool({ max: 2 }), lockTimeoutMs: 50 });
    const lock = "SELECT pg_advisory_xact_lock(7) IS NULL";
    await database.transaction(async (transaction) => {
      await transaction.query(lock, []);
      await rejectsWithCode(database.query(lock, []), "STORE_UNAVAILABLE");
    });
    await database.query(lock, []);
  });

  test("waits for a free connection no longer than its limit, and leaves none behind", async () => {
    const pool = one();
    const patient = openPostgresDatabase({ pool });
    const hurried = openPostgresDatabase({ pool, connectTimeoutMs: 50 });
    await patient.transaction(async () => {
      await expect(hurried.query("SELECT 1", [])).rejects.toThrow(/No connection .* 50 ms.* raise its `max`/);
    });
    expect(await patient.query("SELECT 1 AS one", [])).toEqual([{ one: 1 }]);
    expect({ total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }).toEqual({
      ...{ total: 1, idle: 1, waiting: 0 },
    });
  });

  test("ends a transaction that its process has forgotten, so that its locks are free", async () => {
    const pool = server.pool({ max: 2 });
    const database = openPostgresDatabase({ pool, statementTimeoutMs: 100 });
    const held = gate();
    const woken = gate();
    const forgotten = database.transaction(async (transaction) => {
      await transaction.query("SELECT pg_advisory_xact_lock(8) IS NULL", []);
      held.open();
      await woken.opened;
    });
    await held.opened;
    const patient = openPostgresDatabase({ pool: one() });
    await patient.query("SELECT pg_advisory_xact_lock(8) IS NULL", []);
    woken.open();
    await rejectsWithCode(forgotten, "STORE_UNAVAILABLE");
    expect(await database.query("SELECT 1 AS one", [])).toEqual([{ one: 1 }]);
  });
});

describe("a prepared statement", () => {
  test("is prepared once for a connection, and there are never many", async () => {
    const database = openPostgresDatabase({ pool: one() });
    for (let value = 0; value < 3; value += 1) await database.query("SELECT $1::integer AS value", [value]);
    await database.query("SELECT 1 AS ad_hoc", [], { isPrepared: false });
    expect(await database.query(preparedCount, [])).toEqual([{ count: 2 }]);
    for (let value = 0; value < 300; value += 1) await database.query(`SELECT ${value} AS value`, []);
    expect(await database.query(preparedCount, [])).toEqual([{ count: 200 }]);
  });

  test("is not prepared behind a pooler of transactions, where nothing is set on a connection either", async () => {
    const database = openPostgresDatabase({
      ...{ pool: one(), isBehindTransactionPooler: true, statementTimeoutMs: 5_000 },
    });
    const limit = "SELECT current_setting('statement_timeout') AS value";
    expect(await database.query(limit, [])).toEqual([{ value: "0" }]);
    expect(await database.query(preparedCount, [])).toEqual([{ count: 0 }]);
    await database.transaction(async (transaction) => {
      expect(await transaction.query(limit, [])).toEqual([{ value: "5s" }]);
    });
    expect(await database.query(limit, [])).toEqual([{ value: "0" }]);
  });

  test("is prepared anew when a migration changed its columns", async () => {
    const database = openPostgresDatabase({ pool: one() });
    await database.runScript("CREATE TABLE fruit (name text); INSERT INTO fruit VALUES ('7')");
    expect(await database.query("SELECT * FROM fruit", [])).toEqual([{ name: "7" }]);
    await database.runScript("ALTER TABLE fruit ALTER COLUMN name TYPE integer USING name::integer");
    expect(await database.query("SELECT * FROM fruit", [])).toEqual([{ name: 7 }]);
  });
});

describe("a transaction", () => {
  test("is rolled back with what its work throws, and its connection is used again", async () => {
    const pool = one();
    const database = openPostgresDatabase({ pool });
    await database.runScript("CREATE TABLE vegetable (name text)");
    const failure = new Error("enough");
    const failed = database.transaction(async (transaction) => {
      await transaction.query("INSERT INTO vegetable VALUES ('leek')", []);
      throw failure;
    });
    await expect(failed).rejects.toBe(failure);
    expect(await database.query("SELECT * FROM vegetable", [])).toEqual([]);
    expect(pool.totalCount).toBe(1);
  });

  test("never seems committed when one of its statements failed and its error was ignored", async () => {
    const database = openPostgresDatabase({ pool: one() });
    const careless = database.transaction(async (transaction) => {
      await transaction.query("SELECT 1 / 0", []).catch(() => {});
    });
    await expect(careless).rejects.toThrow(/rolled back: one of its statements had failed/);
  });

  test("takes no statement after its end", async () => {
    const database = openPostgresDatabase({ pool: one() });
    const late = await database.transaction(async (transaction) => ({ transaction }));
    await expect(late.transaction.query("SELECT 1", [])).rejects.toThrow("The transaction is over");
  });
});
