import { eventually, freshId } from "@agentbot/core/testing";
import { startPrivatePostgres } from "@agentbot/test-services";
import { Pool } from "pg";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { openPgliteDatabase, openPostgresDatabase, type SqlDatabase } from "../../src/index.js";

const server = await startPrivatePostgres();
afterAll(() => server.close());
const embedded = await openPgliteDatabase({ dataDirectory: null });
afterAll(() => embedded.close());

function openPool() {
  const pool = new Pool({ connectionString: server.url, max: 3 });
  onTestFinished(() => pool.end());
  return { pool, database: openPostgresDatabase({ pool }) };
}

const notify = async (database: SqlDatabase, channel: string, payload: string): Promise<void> => {
  await database.query("SELECT pg_notify($1, $2) IS NULL", [channel, payload]);
};

describe.each([
  ["on a server", () => openPool().database],
  ["embedded", () => embedded],
])("listening %s", (_, open) => {
  test("receives its channel only, in any case of its name, until it is stopped", async () => {
    const database = open();
    const channel = freshId("Odd Name");
    const received: string[] = [];
    const stop = await database.listen(channel, { notified: (payload) => received.push(payload), lost: () => {} });
    await notify(database, channel.toLowerCase(), "another channel");
    await notify(database, channel, "first");
    await notify(database, channel, "");
    await eventually("both to be received", () => (received.length === 2 ? received : null));
    expect(received).toEqual(["first", ""]);
    await stop();
    await stop();
    await notify(database, channel, "late");
    expect(received).toEqual(["first", ""]);
  });
});

describe("listening on a server", () => {
  test("gives its connection back at the end", async () => {
    const { pool, database } = openPool();
    const stop = await database.listen("channel", { notified: () => {}, lost: () => {} });
    expect(pool.idleCount).toBe(0);
    await stop();
    expect({ total: pool.totalCount, idle: pool.idleCount }).toEqual({ total: 1, idle: 1 });
  });

  test("reports a lost connection once, and can be started again", async () => {
    const { pool, database } = openPool();
    const lost: unknown[] = [];
    const stop = await database.listen("channel", { notified: () => {}, lost: (error) => lost.push(error) });
    await server.stop("immediate");
    await eventually("the loss", () => (lost.length > 0 ? lost : null));
    await stop();
    expect(lost).toHaveLength(1);
    expect(pool.totalCount).toBe(0);
    await server.start();
    const received: string[] = [];
    const again = await database.listen("channel", { notified: (payload) => received.push(payload), lost: () => {} });
    await notify(database, "channel", "back");
    await eventually("it to be received", () => (received.length > 0 ? received : null));
    await again();
  });
});
