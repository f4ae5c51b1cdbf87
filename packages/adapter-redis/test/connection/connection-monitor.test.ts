import { eventually } from "@agentbot/core/testing";
import { startPrivateRedis } from "@agentbot/test-services";
import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";
import { connectionLosses, isConnected } from "../../src/connection/connection-monitor.js";

/** A Redis that is gone after `closes` closed connections of its client: the loss, and failed attempts after it. */
async function lostClient(closes: number, retryMs: number): Promise<Redis> {
  const redis = await startPrivateRedis();
  const client = new Redis(redis.url, { retryStrategy: () => retryMs });
  client.on("error", () => {});
  onTestFinished(async () => {
    client.disconnect();
    await redis.close();
  });
  await client.ping();
  const losses = connectionLosses(client);
  await redis.kill();
  await eventually("the closes", () => (losses.count >= closes ? true : null), { everyMs: 1 });
  return client;
}

test("any number of callers wait for the first attempt to connect again with one listener", async () => {
  const client = await lostClient(1, 60_000);
  const before = client.listenerCount("ready");
  const waiting = Array.from({ length: 20 }, () => isConnected(client));
  expect(client.listenerCount("ready")).toBe(before + 1);
  expect(new Set(await Promise.all(waiting))).toEqual(new Set([false]));
  expect(client.listenerCount("ready")).toBe(before);
});

test("no caller waits once the first attempt to connect again has failed", async () => {
  const client = await lostClient(2, 20);
  const before = client.listenerCount("ready");
  const asked = isConnected(client);
  expect(client.listenerCount("ready")).toBe(before);
  expect(await asked).toBe(false);
});
