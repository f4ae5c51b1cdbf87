import { createCleanupStack } from "@agentbot/core/adapter";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type PrivateRedis, startPrivateRedis } from "../../src/index.js";
import { onFreePort } from "../../src/server/free-port.js";

let cleanup = createCleanupStack();
beforeEach(() => {
  cleanup = createCleanupStack();
});
afterEach(() => cleanup.run());

async function start(port?: number): Promise<PrivateRedis> {
  const redis = await startPrivateRedis(port === undefined ? {} : { port });
  cleanup.push(redis.close);
  return redis;
}

test("a port that another process took meanwhile is not used, but another one", async () => {
  const first = await start();
  const tried: number[] = [];
  const second = await onFreePort(undefined, (port) => {
    // As if it had been found free a moment before the first one took it.
    const chosen = tried.length < 2 ? first.port : port;
    tried.push(chosen);
    return start(chosen);
  });
  expect(tried).toEqual([first.port, first.port, second.port]);
  expect(second.port).not.toBe(first.port);
});

test("a port that was asked for is tried once, and so is a server that fails for another reason", async () => {
  const first = await start();
  const tried: (number | undefined)[] = [];
  const fail = async (port: number): Promise<never> => {
    tried.push(port);
    await startPrivateRedis({ port: first.port, settings: port === 1 ? {} : { maxmemory: "much" } });
    throw new Error("it started");
  };
  await expect(onFreePort(1, fail)).rejects.toThrow(/Address already in use/);
  await expect(onFreePort(undefined, fail)).rejects.toThrow(/maxmemory/);
  expect(tried).toHaveLength(2);
});
