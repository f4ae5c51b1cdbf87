import { rejectsWithCode } from "@agentbot/core/testing";
import { beforeAll, describe, expect, test } from "vitest";
import { openPostgresDatabase } from "../../src/index.js";
import { createDatabase } from "../fixtures/create-database.js";
import { gate } from "../fixtures/gate.js";

const server = await createDatabase();
const database = openPostgresDatabase({ pool: server.pool() });

beforeAll(async () => {
  await database.runScript("CREATE TABLE account (name text PRIMARY KEY, amount bigint NOT NULL)");
  await database.runScript("INSERT INTO account VALUES ('one', 0), ('other', 0)");
});

const add = "UPDATE account SET amount = amount + 1 WHERE name = $1";

describe("transactions that deadlock", () => {
  test("are both done in the end, each once", async () => {
    let runs = 0;
    const halves = [gate(), gate()];
    const crossing = (first: string, second: string, mine: number) =>
      database.transaction(async (transaction) => {
        runs += 1;
        await transaction.query(add, [first]);
        halves[mine]?.open();
        await halves[1 - mine]?.opened;
        await transaction.query(add, [second]);
        return mine;
      });
    expect(await Promise.all([crossing("one", "other", 0), crossing("other", "one", 1)])).toEqual([0, 1]);
    expect(runs).toBe(3);
    expect(await database.query("SELECT amount FROM account ORDER BY name", [])).toEqual([
      { amount: 2 },
      { amount: 2 },
    ]);
  });
});

describe("statements that fail to serialize", () => {
  test("are done in the end, each once, even where every transaction is serializable", async () => {
    const pool = server.pool({ options: "-c default_transaction_isolation=serializable", max: 8 });
    const strict = openPostgresDatabase({ pool });
    await strict.query("UPDATE account SET amount = 0", []);
    // Each try that fails does so because another one succeeded: with five, none runs out of tries.
    await Promise.all(Array.from({ length: 5 }, () => strict.query(add, ["one"])));
    expect(await strict.query("SELECT amount FROM account WHERE name = 'one'", [])).toEqual([{ amount: 5 }]);
  });

  test("are given up after some tries, as unavailable", async () => {
    let runs = 0;
    const hopeless = database.transaction(async (transaction) => {
      runs += 1;
      await transaction.runScript("DO $$ BEGIN RAISE EXCEPTION 'conflict' USING ERRCODE = '40001'; END $$");
    });
    await rejectsWithCode(hopeless, "STORE_UNAVAILABLE");
    expect(runs).toBe(6);
  });

  test("are not confused with what the SQL does wrong, which is tried once", async () => {
    let runs = 0;
    const wrong = database.transaction(async (transaction) => {
      runs += 1;
      await transaction.query("INSERT INTO account VALUES ('one', 0)", []);
    });
    await expect(wrong).rejects.toMatchObject({ code: "23505" });
    expect(runs).toBe(1);
  });
});
