import { AgentBotError } from "@agentbot/core";
import { eventually, rateLimiterContract, rejectsWithCode } from "@agentbot/core/testing";
import { type PrivateRedis, startPrivateRedis } from "@agentbot/test-services";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createRedisRateLimiter } from "../../src/index.js";
import { clients } from "../fixtures/clients.js";

let redis: PrivateRedis;
beforeAll(async () => {
  redis = await startPrivateRedis();
});
afterAll(() => redis.close());

describe.each(clients)("the rate limiter with $release", ({ connect }) => {
  const contract = rateLimiterContract({
    create: async (settings) => {
      const client = connect(redis.url);
      await eventually("the connection", () => (client.status === "ready" ? true : null));
      return {
        subject: createRedisRateLimiter({ client, name: "contract", ...settings }),
        dispose: async () => client.disconnect(),
      };
    },
  });
  for (const { name, run } of contract) test(name, run);

  test("fails at once while Redis is down, though the client would wait", async () => {
    const client = connect(redis.url);
    client.on("error", () => {});
    const limiter = createRedisRateLimiter({ client, name: "down", limit: 1, windowMs: 600_000, timeoutMs: 600_000 });
    await eventually("an answer", () => limiter.consume("key").catch(() => null));
    await redis.kill();
    await eventually("the loss", () => (client.status === "ready" ? null : true));
    await rejectsWithCode(limiter.consume("key"), "QUEUE_UNAVAILABLE");
    await redis.start();
    await eventually("an answer", () => limiter.consume("key").catch(() => null));
    client.disconnect();
  });

  test("gives up on a Redis that hangs", async () => {
    const client = connect(redis.url);
    client.on("error", () => {});
    const limiter = createRedisRateLimiter({ client, name: "hung", limit: 1, windowMs: 600_000, timeoutMs: 20 });
    await eventually("an answer", () => limiter.peek("key").catch(() => null));
    await redis.pause();
    await rejectsWithCode(limiter.consume("key"), "QUEUE_UNAVAILABLE");
    await redis.resume();
    client.disconnect();
  });
});

describe("the rate limiter", () => {
  test("is shared by every process that names it, and by no other", async () => {
    const client = new Redis(redis.url);
    await client.ping();
    const make = (name: string) => createRedisRateLimiter({ client, name, limit: 1, windowMs: 600_000 });
    expect(await make("one").consume("key")).toEqual({ status: "allowed" });
    expect((await make("one").consume("key")).status).toBe("limited");
    expect((await make("two").consume("key")).status).toBe("allowed");
    client.disconnect();
  });

  test("keeps the keys of strangers short and lets all of them expire", async () => {
    const client = new Redis(redis.url);
    await client.flushall();
    const limiter = createRedisRateLimiter({ client, name: "long", limit: 1, windowMs: 600_000 });
    await limiter.consume("x".repeat(100_000));
    await limiter.consume("192.0.2.1");
    const keys = await client.keys("*");
    expect(keys.sort()).toEqual([
      "{agent:tasks}:limit:long:192.0.2.1",
      expect.stringMatching(/^\{agent:tasks\}:limit:long:sha256:[0-9a-f]{64}$/),
    ]);
    for (const key of keys) expect(await client.pttl(key)).toBeGreaterThan(0);
    client.disconnect();
  });

  test("names every option that is wrong", () => {
    const make = () => createRedisRateLimiter({ client: null as never, name: "a b", limit: 0, windowMs: 0 });
    expect(make).toThrow(AgentBotError);
    expect(make).toThrow(/client: .*; name: .*; limit: .*; windowMs: /);
  });
});
