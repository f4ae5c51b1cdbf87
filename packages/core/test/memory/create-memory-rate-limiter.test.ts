import { createMemoryRateLimiter } from "@agentbot/core/memory";
import { createManualClock, rateLimiterContract } from "@agentbot/core/testing";
import { describe, expect, test } from "vitest";

describe("the memory rate limiter keeps the contract", () => {
  const create = async (settings: { readonly limit: number; readonly windowMs: number }) => ({
    subject: createMemoryRateLimiter(settings),
    dispose: async () => {},
  });
  for (const { name, run } of rateLimiterContract({ create })) test(name, run);
});

test("a window begins with a key's first count and ends after its time", async () => {
  const clock = createManualClock();
  const limiter = createMemoryRateLimiter({ limit: 2, windowMs: 60_000, clock });
  await limiter.consume("address");
  await clock.advance(20_000);
  await limiter.consume("address");
  expect(await limiter.consume("address")).toEqual({ status: "limited", retryAfterMs: 40_000 });
  await clock.advance(40_000);
  expect(await limiter.peek("address")).toEqual({ status: "allowed" });
});

test("of more keys than it may remember the oldest is forgotten, and only that", async () => {
  const limiter = createMemoryRateLimiter({ limit: 1, windowMs: 60_000, maxKeys: 3 });
  for (const key of ["a", "b", "c"]) await limiter.consume(key);
  expect((await limiter.peek("a")).status).toBe("limited");
  await limiter.consume("d");
  const statuses = await Promise.all(["a", "b", "c", "d"].map((key) => limiter.peek(key)));
  expect(statuses.map(({ status }) => status)).toEqual(["allowed", "limited", "limited", "limited"]);
});

test("every wrong option is named at once", () => {
  expect(() => createMemoryRateLimiter({ limit: 0, windowMs: -1 })).toThrow(
    /^createMemoryRateLimiter: limit: .*; windowMs: /,
  );
});
