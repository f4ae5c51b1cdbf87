import { createSilentLogger, type Logger } from "@agentbot/core";
import { eventually, recordTask, rejectsWithCode, tenantFixture } from "@agentbot/core/testing";
import { startPrivatePostgres } from "@agentbot/test-services";
import { Pool } from "pg";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { createPostgresStore, migrate, openPostgresDatabase, type SqlDatabase } from "../../src/index.js";
import { keyRingFixture } from "../fixtures/key-ring.js";
import { startPostgresProxy } from "../fixtures/postgres-proxy.js";

const server = await startPrivatePostgres();
afterAll(() => server.close());
let url = "";
beforeAll(async () => {
  url = await server.createDatabase();
  const pool = new Pool({ connectionString: url });
  await migrate(openPostgresDatabase({ pool }));
  await pool.end();
});

function open(
  options: {
    readonly connectionString?: string;
    readonly statementTimeoutMs?: number;
    readonly connectTimeoutMs?: number;
  } = {},
) {
  const { connectionString = url, ...limits } = options;
  const warnings: string[] = [];
  const logger: Logger = {
    ...createSilentLogger(),
    warn: (_facts, message) => warnings.push(message),
  };
  const pool = new Pool({ connectionString, max: 4 });
  onTestFinished(() => pool.end());
  const database = openPostgresDatabase({ pool, logger, ...limits });
  return { pool, database, warnings, store: createPostgresStore({ database, keyRing: keyRingFixture() }) };
}

const answers = async (database: SqlDatabase) => await database.query("SELECT 1 AS one", []);

describe("a server that is stopped at once", () => {
  test("is unavailable while it is down, and used again by the same pool when it is back", async () => {
    const { database, store, pool, warnings } = open();
    const { taskId } = await recordTask(store);
    const running = database.query("SELECT pg_sleep(60)", []);
    const failed = rejectsWithCode(running, "STORE_UNAVAILABLE");
    await eventually("the sleep to run", async () => {
      const [row] = await database.query(
        "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)' AND pid <> pg_backend_pid()",
        [],
      );
      return row ?? null;
    });
    expect(pool.idleCount).toBeGreaterThan(0);
    await server.stop("immediate");
    await failed;
    await rejectsWithCode(store.tasks.find(taskId), "STORE_UNAVAILABLE");
    await rejectsWithCode(recordTask(store), "STORE_UNAVAILABLE");
    await rejectsWithCode(store.health.ping({ signal: new AbortController().signal }), "STORE_UNAVAILABLE");
    expect(warnings).toContainEqual(expect.stringContaining("An idle database connection was lost"));
    await server.start();
    expect(await store.tasks.find(taskId)).toMatchObject({ id: taskId, status: "queued" });
    await recordTask(store);
  });

  test("breaks a transaction that is open, and the process lives", async () => {
    const { database } = open();
    const broken = database.transaction(async (transaction) => {
      await transaction.query("SELECT 1", []);
      await server.stop("immediate");
      await transaction.query("SELECT 1", []);
    });
    await rejectsWithCode(broken, "STORE_UNAVAILABLE");
    await server.start();
    expect(await answers(database)).toEqual([{ one: 1 }]);
  });
});

describe("a server that does not answer any more", () => {
  test("is unavailable after the time for a statement, and its connection is given up", async () => {
    const { database, pool } = open({ statementTimeoutMs: 200 });
    await answers(database);
    await server.pause();
    try {
      await rejectsWithCode(answers(database), "STORE_UNAVAILABLE");
      expect(pool.totalCount).toBe(0);
    } finally {
      await server.resume();
    }
    expect(await answers(database)).toEqual([{ one: 1 }]);
  });

  test("because the network is cut, is found again when it is back", async () => {
    const proxy = await startPostgresProxy(url);
    onTestFinished(() => proxy.close());
    const { database } = open({ connectionString: proxy.url, statementTimeoutMs: 200 });
    await answers(database);
    proxy.freeze();
    await rejectsWithCode(answers(database), "STORE_UNAVAILABLE");
    proxy.thaw();
    expect(await answers(database)).toEqual([{ one: 1 }]);
  });

  test("leaves no place of the pool to a connection that was never answered", async () => {
    const proxy = await startPostgresProxy(url);
    onTestFinished(() => proxy.close());
    const { database, pool } = open({ connectionString: proxy.url, statementTimeoutMs: 50, connectTimeoutMs: 50 });
    await eventually("an answer", () => answers(database).catch(() => null));
    proxy.freeze();
    for (let round = 0; round < 3; round += 1) {
      const refused = Array.from({ length: 6 }, () => rejectsWithCode(answers(database), "STORE_UNAVAILABLE"));
      await Promise.all(refused);
    }
    proxy.forget();
    await eventually("an answer", () => answers(database).catch(() => null));
    await eventually("the lost connections to leave the pool", () => (pool.totalCount <= 1 ? true : null));
  });
});

describe("a server that may only be read", () => {
  test("is unavailable to what writes, its health included, and written again on new connections", async () => {
    const { database, store } = open();
    const name = new URL(url).pathname.slice(1);
    const setReadOnly = (value: string) =>
      database.transaction((transaction) =>
        transaction.runScript(`ALTER DATABASE "${name}" SET default_transaction_read_only = ${value}`),
      );
    const health = () => store.health.ping({ signal: new AbortController().signal });
    await health();
    await setReadOnly("on");
    const { database: late, store: lateStore, pool } = open();
    await rejectsWithCode(lateStore.health.ping({ signal: new AbortController().signal }), "STORE_UNAVAILABLE");
    expect(pool.totalCount).toBe(0);
    await rejectsWithCode(lateStore.installations.ensure("acme", tenantFixture()), "STORE_UNAVAILABLE");
    await setReadOnly("off");
    await lateStore.health.ping({ signal: new AbortController().signal });
    await lateStore.installations.ensure("acme", tenantFixture());
    expect(await answers(late)).toEqual([{ one: 1 }]);
  });
});
