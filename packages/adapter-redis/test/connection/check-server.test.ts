import { rejectsWithCode } from "@agentbot/core/testing";
import { startPrivateRedis } from "@agentbot/test-services";
import { Redis } from "ioredis";
import { describe, expect, test } from "vitest";
import { connectRedis } from "../../src/index.js";
import { connectCluster, startOneNodeCluster } from "../fixtures/clients.js";
import { createRecordedLogger } from "../fixtures/recorded-logger.js";

const signal = AbortSignal.timeout(60_000);
const careless = { settings: { "maxmemory-policy": "allkeys-lru" } };
const warnings = [
  expect.stringMatching(/^maxmemory-policy is allkeys-lru/),
  expect.stringMatching(/^appendonly is no/),
];

describe("a Redis that may lose data", () => {
  test("is logged once, and reported by every probe", async () => {
    const redis = await startPrivateRedis(careless);
    const logger = createRecordedLogger();
    const client = new Redis(redis.url, { maxRetriesPerRequest: 1 });
    const connection = await connectRedis({ client, logger });
    expect(await connection.probe({ signal })).toEqual(warnings);
    expect(await connection.probe({ signal })).toEqual(warnings);
    expect(logger.lines.map(({ message }) => message)).toEqual(warnings);
    connection.stop();
    client.disconnect();
    await redis.close();
  });

  test("is found when its settings change while it runs, and logged again when they change back and forth", async () => {
    const redis = await startPrivateRedis({ appendOnly: true, settings: { "maxmemory-policy": "noeviction" } });
    const logger = createRecordedLogger();
    const client = new Redis(redis.url, { maxRetriesPerRequest: 1 });
    const connection = await connectRedis({ client, logger, recheckMs: 0 });
    const careless = [expect.stringMatching(/^maxmemory-policy is allkeys-lru/)];
    for (const expected of [careless, [], careless]) {
      await client.config("SET", "maxmemory-policy", expected.length > 0 ? "allkeys-lru" : "noeviction");
      expect(await connection.probe({ signal })).toEqual(expected);
    }
    await client.replicaof("127.0.0.1", 1);
    expect(await connection.probe({ signal })).toEqual([
      ...careless,
      expect.stringMatching(/^role is slave: nothing can/),
    ]);
    expect(logger.lines.map(({ message }) => message)).toEqual([
      ...careless,
      ...careless,
      expect.stringMatching(/^role/),
    ]);
    connection.stop();
    client.disconnect();
    await redis.close();
  });

  test.each([
    ["INFO", "-config"],
    ["CONFIG", "-info"],
  ])("is found by %s alone", async (_, forbidden) => {
    const redis = await startPrivateRedis(careless);
    const admin = new Redis(redis.url);
    await admin.call("acl", "SETUSER", "default", forbidden);
    const client = new Redis(redis.url, { maxRetriesPerRequest: 1, enableReadyCheck: false });
    const connection = await connectRedis({ client });
    expect(await connection.probe({ signal })).toEqual(warnings);
    connection.stop();
    client.disconnect();
    admin.disconnect();
    await redis.close();
  });

  test("is reported as unknown where both are forbidden, and works", async () => {
    const redis = await startPrivateRedis(careless);
    const admin = new Redis(redis.url);
    await admin.call("acl", "SETUSER", "default", "-info", "-config");
    const client = new Redis(redis.url, { maxRetriesPerRequest: 1, enableReadyCheck: false });
    const connection = await connectRedis({ client });
    expect(await connection.probe({ signal })).toEqual([
      expect.stringMatching(/^maxmemory-policy is unknown/),
      expect.stringMatching(/^appendonly is unknown/),
    ]);
    connection.stop();
    client.disconnect();
    admin.disconnect();
    await redis.close();
  });
});

test("a client whose commands wait long for a Redis that is down causes a warning", async () => {
  const redis = await startPrivateRedis({ appendOnly: true });
  const client = new Redis(redis.url, { maxRetriesPerRequest: null });
  const connection = await connectRedis({ client });
  expect(await connection.probe({ signal })).toEqual([expect.stringMatching(/^maxRetriesPerRequest is null/)]);
  connection.stop();
  client.disconnect();
  await redis.close();
});

test("a Cluster is checked as a single Redis is", async () => {
  const redis = await startOneNodeCluster();
  const client = connectCluster(redis.port);
  const connection = await connectRedis({ client, tries: 50, pauseMs: 100 });
  expect(await connection.probe({ signal })).toContainEqual(expect.stringMatching(/^appendonly is no/));
  await redis.kill();
  await rejectsWithCode(connection.probe({ signal }), "QUEUE_UNAVAILABLE");
  connection.stop();
  client.disconnect();
  await redis.close();
});
