import { acceptedTask, deliveryFixture, taskRequestFixture } from "@agentbot/core/testing";
import { Pool } from "pg";
import { describe, expect, onTestFinished, test } from "vitest";
import { createPostgresQueue, createPostgresStore, migrate, openPostgresDatabase } from "../../src/index.js";
import { createDatabase } from "../fixtures/create-database.js";
import { keyRingFixture } from "../fixtures/key-ring.js";
import { type PoolOrder, startTransactionPooler } from "../fixtures/transaction-pooler.js";

const server = await createDatabase();

async function poolByPooler(size: number, order: PoolOrder) {
  const pooler = await startTransactionPooler(server.url, { size, order });
  const pool = new Pool({ connectionString: pooler.url, max: 6 });
  onTestFinished(async () => {
    await pool.end();
    await pooler.close();
  });
  return pool;
}

describe("a pooler in transaction mode", () => {
  test.each([1, 2])("that the options do not name is refused by name at the start (%d connections)", async (size) => {
    const pool = await poolByPooler(size, "last");
    const starting = migrate(openPostgresDatabase({ pool }));
    await expect(starting).rejects.toMatchObject({
      code: "CONFIGURATION_INVALID",
      message: expect.stringMatching(/pooler in transaction mode .*isBehindTransactionPooler/),
    });
  });

  test("that the options name serves store and queue, whatever connection a transaction gets", async () => {
    const pool = await poolByPooler(3, "first");
    const database = openPostgresDatabase({ pool, isBehindTransactionPooler: true });
    await migrate(database);
    const store = createPostgresStore({ database, keyRing: keyRingFixture() });
    const queue = createPostgresQueue({ database, pollMs: 10 });
    onTestFinished(() => queue.close());
    const delivery = deliveryFixture();
    const request = taskRequestFixture();
    const { taskId } = acceptedTask(await store.inbox.record(delivery, request));
    expect(await store.inbox.record(delivery, request)).toMatchObject({ status: "duplicate", taskId });
    const { signal } = new AbortController();
    const [entry] = await queue.claim({ kind: "task", limit: 1, leaseMs: 60_000, waitMs: 10_000, signal });
    expect(entry?.entry.id).toBe(taskId);
    const begun = await store.tasks.begin(taskId, { leaseMs: 60_000, agent: "scripted" });
    if (begun.status !== "begun") throw new Error(`expected to begin, got ${begun.status}`);
    expect(await store.tasks.heartbeat(begun.lease, 60_000)).toBe("held");
    const result = { summary: "done", branch: null, commit: null, pullRequest: null, leftOut: null };
    await store.tasks.settle(begun.lease, { status: "succeeded", result });
    await entry?.complete();
    expect(await store.tasks.find(taskId)).toMatchObject({ status: "succeeded" });
    await store.health.ping({ signal });
  });
});

test.each(["LATIN1", "SQL_ASCII"])(
  "a database of the encoding %s is refused by name at the start",
  async (encoding) => {
    const name = `${new URL(server.url).pathname.slice(1)}_${encoding.toLowerCase()}`;
    const admin = server.pool({ max: 1 });
    await admin.query(`CREATE DATABASE ${name} ENCODING '${encoding}' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'`);
    const url = new URL(server.url);
    url.pathname = `/${name}`;
    const pool = new Pool({ connectionString: url.href });
    onTestFinished(async () => {
      await pool.end();
      await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
    });
    for (const isBehindTransactionPooler of [false, true]) {
      await expect(migrate(openPostgresDatabase({ pool, isBehindTransactionPooler }))).rejects.toMatchObject({
        code: "CONFIGURATION_INVALID",
        message: expect.stringMatching(
          new RegExp(`^The database ${name} has the encoding ${encoding}.*ENCODING 'UTF8'`),
        ),
      });
    }
  },
);
