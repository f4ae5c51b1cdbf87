import { eventually } from "@agentbot/core/testing";
import { startPrivateRedis } from "@agentbot/test-services";
import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";
import { connectionLosses, isConnected } from "../../src/connection/connection-monitor.js";

/** A client whose Redis can be killed, and which then tries to connect again after `retryMs`. */
async function connectedClient(retryMs: number) {
  const redis = await startPrivateRedis();
  const client = new Redis(redis.url, { retryStrategy: () => retryMs });
  client.on("error", () => {});
  onTestFinished(async () => {
    client.disconnect();
    await redis.close();
  });
  await client.ping();
  return { redis, client, losses: connectionLosses(client) };
}

test("any number of callers wait for the first attempt to connect again with one listener", async () => {
  const { redis, client } = await connectedClient(60_000);
  // At the moment of the loss: a little later, on a busy machine, the wait would be over.
  const atLoss = new Promise<{ readonly listeners: readonly number[]; readonly waiting: readonly Promise<boolean>[] }>(
    (resolve) =>
      client.once("close", () => {
        const before = client.listenerCount("ready");
        const waiting = Array.from({ length: 20 }, () => isConnected(client));
        resolve({ listeners: [before, client.listenerCount("ready")], waiting });
      }),
  );
  await redis.kill();
  const { listeners, waiting } = await atLoss;
  const [before = 0, during] = listeners;
  expect(during).toBe(before + 1);
  expect(new Set(await Promise.all(waiting))).toEqual(new Set([false]));
  expect(client.listenerCount("ready")).toBe(before);
});

test("no caller waits once the first attempt to connect again has failed", async () => {
  const { redis, client, losses } = await connectedClient(20);
  await redis.kill();
  await eventually("a failed attempt", () => (losses.count >= 2 ? true : null), { everyMs: 1 });
  const before = client.listenerCount("ready");
  const asked = isConnected(client);
  expect(client.listenerCount("ready")).toBe(before);
  expect(await asked).toBe(false);
});
