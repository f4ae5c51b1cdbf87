import { createManualClock } from "@agentbot/core/testing";
import { describe, expect, test } from "vitest";
import { createTokenCache } from "../../src/api/app-tokens.js";

const minute = 60_000;

function setUp(maxTokens?: number) {
  const clock = createManualClock(new Date("2026-11-22T12:00:00Z"));
  let made = 0;
  const create = async () => {
    made += 1;
    return { token: `token-${made}`, expiresAt: new Date(clock.now().getTime() + 60 * minute) };
  };
  return { clock, create, cache: createTokenCache(clock, maxTokens), count: () => made };
}

describe("createTokenCache", () => {
  test("returns one token to concurrent callers and to those of the next hour", async () => {
    const { cache, create, count, clock } = setUp();
    const tokens = await Promise.all(Array.from({ length: 20 }, () => cache.get("a", create)));
    await clock.advance(54 * minute);
    expect(new Set([...tokens, await cache.get("a", create)])).toEqual(new Set(["token-1"]));
    expect(count()).toBe(1);
  });

  test("makes one new token shortly before the old one expires", async () => {
    const { cache, create, clock } = setUp();
    await cache.get("a", create);
    await clock.advance(56 * minute);
    const tokens = await Promise.all(Array.from({ length: 20 }, () => cache.get("a", create)));
    expect(new Set(tokens)).toEqual(new Set(["token-2"]));
  });

  test("forgets a refused token, and only that one", async () => {
    const { cache, create } = setUp();
    await cache.get("a", create);
    cache.forget("a", "another");
    expect(await cache.get("a", create)).toBe("token-1");
    cache.forget("a", "token-1");
    expect(await cache.get("a", create)).toBe("token-2");
  });

  test("remembers no failure", async () => {
    const { cache, create } = setUp();
    const failing = async () => Promise.reject(new Error("down"));
    await expect(Promise.all([cache.get("a", failing), cache.get("a", failing)])).rejects.toThrow("down");
    expect(await cache.get("a", create)).toBe("token-1");
  });

  test("stays within its bound, dropping what is unused for longest", async () => {
    const { cache, create } = setUp(2);
    for (const key of ["a", "b", "a", "c"]) await cache.get(key, create);
    expect(await cache.get("a", create)).toBe("token-1");
    expect(await cache.get("b", create)).toBe("token-4");
  });
});
