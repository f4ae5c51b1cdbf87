import { existsSync } from "node:fs";
import { createCleanupStack } from "@agentbot/core/adapter";
import { Client } from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { type PrivatePostgres, startPrivatePostgres } from "../../src/index.js";
import { isAlive } from "../fixtures/is-alive.js";

const cleanup = createCleanupStack();
let postgres: PrivatePostgres;
let database: string;
beforeAll(async () => {
  postgres = await startPrivatePostgres();
  cleanup.push(postgres.close);
});
beforeEach(async () => {
  await postgres.start();
  database = await postgres.createDatabase();
});
afterAll(() => cleanup.run());

async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  cleanup.push(() => client.end().catch(() => {}));
  return client;
}

async function ask(url: string, statement: string): Promise<unknown> {
  const client = await connect(url);
  const { rows } = await client.query({ text: statement, rowMode: "array" });
  await client.end();
  return rows[0]?.[0];
}

describe("a private PostgreSQL", () => {
  test("makes empty databases that share nothing", async () => {
    const other = await postgres.createDatabase();
    expect(other).not.toBe(database);
    await ask(database, "CREATE TABLE mine (a int)");
    expect(await ask(other, "SELECT to_regclass('mine')")).toBeNull();
    expect(await ask(other, "SHOW server_encoding")).toBe("UTF8");
  });

  test("recovers what was committed when it was stopped as by a crash", async () => {
    await ask(database, "CREATE TABLE kept AS SELECT 1 AS a");
    const open = await connect(database);
    await open.query("BEGIN; INSERT INTO kept VALUES (2)");
    const before = postgres.processId;
    await postgres.stop("immediate");
    expect([isAlive(before), postgres.processId]).toEqual([false, 0]);
    await expect(connect(database)).rejects.toThrow(/ECONNREFUSED/);
    await postgres.start();
    expect(await ask(database, "SELECT string_agg(a::text, ',') FROM kept")).toBe("1");
  });

  test("closes its connections and stops although a client holds one", async () => {
    const open = await connect(database);
    const lost = new Promise((resolve) => open.once("end", resolve));
    await postgres.stop("fast");
    await lost;
    await postgres.start();
    expect(await ask(database, "SELECT 1")).toBe(1);
  });

  test("that is paused answers no connection, not even an open one, until it is resumed", async () => {
    const open = await connect(database);
    const { rows } = await open.query("SELECT pg_backend_pid() AS id");
    await postgres.pause();
    let isAnswered = false;
    const answer = open.query("SELECT 1").then(() => {
      isAnswered = true;
    });
    // Another server answers meanwhile: time has passed in which this one would have.
    expect(await ask(inject("databaseUrl"), "SELECT 1")).toBe(1);
    expect([isAnswered, isAlive(rows[0].id)]).toEqual([false, true]);
    await postgres.resume();
    await answer;
    expect(await ask(database, "SELECT 1")).toBe(1);
  });

  test("waits for the disk when it is durable, and stands beside another one", async () => {
    const durable = await startPrivatePostgres({ durable: true, settings: { work_mem: "5MB" } });
    cleanup.push(durable.close);
    expect(durable.port).not.toBe(postgres.port);
    expect([await ask(durable.url, "SHOW fsync"), await ask(postgres.url, "SHOW fsync")]).toEqual(["on", "off"]);
    expect(await ask(durable.url, "SHOW work_mem")).toBe("5MB");
    expect(await ask(durable.url, "SHOW listen_addresses")).toBe("127.0.0.1");
    const data = String(await ask(durable.url, "SHOW data_directory"));
    const { processId } = durable;
    await durable.pause();
    await durable.close();
    expect([isAlive(processId), existsSync(data.replace(/\/data$/, ""))]).toEqual([false, false]);
    await expect(durable.start()).rejects.toThrow("was closed: start another one");
  });

  test("fails to start with PostgreSQL's own words, and leaves nothing behind", async () => {
    await expect(startPrivatePostgres({ settings: { shared_buffers: "none" } })).rejects.toThrow(
      /PostgreSQL \(.*\) does not run: it ended with 1[\s\S]*shared_buffers/,
    );
    await expect(startPrivatePostgres({ programDirectory: "/nowhere" })).rejects.toThrow(
      "initdb fails: /nowhere/initdb can't be started (ENOENT)",
    );
  });

  test("is closed by its signal, also while its cluster is made", async () => {
    const abort = new AbortController();
    const starting = startPrivatePostgres({ signal: abort.signal });
    abort.abort(new Error("enough"));
    await expect(starting).rejects.toThrow("enough");
  });

  test("fails with the reason to create a database while it is stopped", async () => {
    await postgres.stop("fast");
    await expect(postgres.createDatabase()).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  });
});
