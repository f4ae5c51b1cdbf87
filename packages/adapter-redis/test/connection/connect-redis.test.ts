import { createServer } from "node:net";
import { inspect } from "node:util";
import { eventually, rejectsWithCode } from "@agentbot/core/testing";
import { type PrivateRedis, startPrivateRedis } from "@agentbot/test-services";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { connectRedis } from "../../src/index.js";
import { clients } from "../fixtures/clients.js";
import { createRecordedLogger } from "../fixtures/recorded-logger.js";

let redis: PrivateRedis;
beforeAll(async () => {
  redis = await startPrivateRedis({ appendOnly: true, settings: { "maxmemory-policy": "noeviction" } });
});
afterAll(() => redis.close());
const signal = AbortSignal.timeout(60_000);

describe.each(clients)("connecting with $release", ({ connect }) => {
  test("waits for a Redis that is still to start", async () => {
    await redis.stop();
    const client = connect(redis.url);
    const connecting = connectRedis({ client, tries: 100, pauseMs: 50 });
    await redis.start();
    const connection = await connecting;
    expect(await connection.probe({ signal })).toEqual([]);
    connection.stop();
    client.disconnect();
  });

  test("logs once that Redis is lost and once that it is back, however many errors ioredis emits meanwhile", async () => {
    const logger = createRecordedLogger();
    const written = vi.spyOn(console, "error");
    const client = connect(redis.url);
    let errors = 0;
    const connection = await connectRedis({ client, logger });
    client.on("error", () => {
      errors += 1;
    });
    await redis.kill();
    await eventually("ioredis to fail again and again", () => (errors > 5 ? true : null));
    await rejectsWithCode(connection.probe({ signal }), "QUEUE_UNAVAILABLE");
    await redis.start();
    await eventually("the connection", () => connection.probe({ signal }).catch(() => null));
    expect(logger.lines.map(({ level, message }) => [level, message])).toEqual([
      ["warn", "Redis is lost; reconnecting until it is back"],
      ["info", "Redis is back"],
    ]);
    connection.stop();
    client.disconnect();
    expect(written).not.toHaveBeenCalled();
    written.mockRestore();
  });

  test("does not report an idle connection that the server closes and takes again at once", async () => {
    const tidy = await startPrivateRedis({
      appendOnly: true,
      settings: { "maxmemory-policy": "noeviction", timeout: "1" },
    });
    const logger = createRecordedLogger();
    const client = connect(tidy.url);
    const lost: string[] = [];
    const connection = await connectRedis({ client, logger, onLost: ({ code }) => void lost.push(code) });
    const probes: Promise<readonly string[]>[] = [];
    const probe = (): void => void probes.push(connection.probe({ signal }));
    client.on("close", probe);
    await eventually("an idle connection to be closed twice", () => (probes.length >= 2 ? true : null));
    expect(await Promise.all(probes)).toEqual(probes.map(() => []));
    expect([lost, logger.lines]).toEqual([[], []]);
    client.off("close", probe);
    connection.stop();
    client.disconnect();
    await tidy.close();
  });

  test("refuses a database that the server does not have, and uses one that it has", async () => {
    const url = (database: string) => `${redis.url.replace(/\/\d*$/, "")}/${database}`;
    const lost = connect(url("99"));
    await expect(connectRedis({ client: lost })).rejects.toMatchObject({
      code: "CONFIGURATION_INVALID",
      message: expect.stringMatching(/^Redis at 127\.0\.0\.1:\d+ has no database 99 /),
    });
    lost.disconnect();
    const client = connect(url("3"));
    const connection = await connectRedis({ client });
    expect(await client.call("client", ["INFO"])).toMatch(/ db=3 /);
    connection.stop();
    client.disconnect();
  });

  test("reports a loss to onLost instead of the log", async () => {
    const logger = createRecordedLogger();
    const client = connect(redis.url);
    const lost: string[] = [];
    const connection = await connectRedis({ client, logger, onLost: ({ code }) => void lost.push(code) });
    await redis.kill();
    await eventually("the loss", () => (lost.length > 0 ? true : null));
    await redis.start();
    await eventually("the connection", () => connection.probe({ signal }).catch(() => null));
    expect([lost, logger.lines]).toEqual([["QUEUE_UNAVAILABLE"], []]);
    connection.stop();
    client.disconnect();
  });
});

describe("a Redis that does not answer", () => {
  test("is named after the last attempt, without its password", async () => {
    const client = new Redis("redis://user:hunter2@127.0.0.1:1/0", { lazyConnect: true, retryStrategy: () => null });
    const failing = connectRedis({ client, tries: 3, pauseMs: 5 });
    await expect(failing).rejects.toMatchObject({
      code: "QUEUE_UNAVAILABLE",
      message: expect.stringMatching(/^Redis at 127\.0\.0\.1:1 does not answer after 3 tries: .*ECONNREFUSED/),
    });
    await expect(failing).rejects.not.toThrow(/hunter2/);
    client.disconnect();
  });

  test("because the password is wrong has that as its reason", async () => {
    const guarded = await startPrivateRedis({ settings: { requirepass: "hunter1" } });
    const client = new Redis(guarded.port, "127.0.0.1", { password: "hunter2", retryStrategy: () => 5 });
    const failing = connectRedis({ client, tries: 2, pauseMs: 200 });
    await expect(failing).rejects.toThrow(/WRONGPASS/);
    expect(inspect(await failing.catch((error: unknown) => error), { depth: 10 })).not.toContain("hunter");
    client.disconnect();
    await guarded.close();
  });

  test("but accepts connections is given up all the same", async () => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const client = new Redis(Number(Object(silent.address()).port), "127.0.0.1");
    await rejectsWithCode(connectRedis({ client, tries: 2, pauseMs: 5 }), "QUEUE_UNAVAILABLE");
    client.disconnect();
    silent.close();
  });

  test("is not waited for once the signal is aborted", async () => {
    const client = new Redis(1, "127.0.0.1");
    const stopping = new AbortController();
    const failing = connectRedis({ client, pauseMs: 600_000, signal: stopping.signal });
    stopping.abort();
    await rejectsWithCode(failing, "QUEUE_UNAVAILABLE");
    client.disconnect();
  });
});

test("every wrong option is named", async () => {
  await rejectsWithCode(connectRedis({ client: {} as Redis, tries: 0 }), "CONFIGURATION_INVALID");
});
