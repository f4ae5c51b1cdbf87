import { createManualClock } from "@agentbot/core/testing";
import { describe, expect, test } from "vitest";
import { createTokenCache, type ExpiringToken } from "../../src/api/app-tokens.js";

const minute = 60_000;

function setUp(maxTokens?: number) {
  const clock = createManualClock(new Date("2026-11-22T12:00:00Z"));
  let made = 0;
  const create = async () => {
    made += 1;
    return { token: `token-${made}`, expiresAt: new Date(clock.now().getTime() + 60 * minute) };
  };
  const evicted: Promise<ExpiringToken>[] = [];
  const cache = createTokenCache<ExpiringToken>({
    clock,
    onEvicted: (token) => evicted.push(token),
    ...(maxTokens === undefined ? {} : { maxTokens }),
  });
  const get = async (key: string) => (await cache.get(key, create)).token;
  return { clock, create, cache, get, evicted, count: () => made };
}

describe("createTokenCache", () => {
  test("returns one token to concurrent callers and to those of the next hour", async () => {
    const { get, count, clock } = setUp();
    const tokens = await Promise.all(Array.from({ length: 20 }, () => get("a")));
    await clock.advance(54 * minute);
    expect(new Set([...tokens, await get("a")])).toEqual(new Set(["token-1"]));
    expect(count()).toBe(1);
  });

  test("makes one new token shortly before the old one expires", async () => {
    const { get, clock } = setUp();
    await get("a");
    await clock.advance(56 * minute);
    const tokens = await Promise.all(Array.from({ length: 20 }, () => get("a")));
    expect(new Set(tokens)).toEqual(new Set(["token-2"]));
  });

  test("forgets a refused token, and only that one", async () => {
    const { cache, create, get } = setUp();
    const refused = await cache.get("a", create);
    cache.forget("a", { ...refused, token: "another" });
    expect(await get("a")).toBe("token-1");
    cache.forget("a", refused);
    expect(await get("a")).toBe("token-2");
  });

  test("remembers no failure", async () => {
    const { cache, get } = setUp();
    const failing = async () => Promise.reject(new Error("down"));
    await expect(Promise.all([cache.get("a", failing), cache.get("a", failing)])).rejects.toThrow("down");
    expect(await get("a")).toBe("token-1");
  });

  test("stays within its bound, handing out what is unused for longest to be revoked", async () => {
    const { get, evicted } = setUp(2);
    for (const key of ["a", "b", "a", "c"]) await get(key);
    expect(await Promise.all(evicted)).toMatchObject([{ token: "token-2" }]);
    expect(await get("a")).toBe("token-1");
    expect(await get("b")).toBe("token-4");
  });

  test("is empty once it was cleared, and returns every token to be revoked", async () => {
    const { cache, get } = setUp();
    const pending = cache.get("b", async () => ({ token: "late", expiresAt: new Date() }));
    await get("a");
    expect(await Promise.all(cache.clear())).toMatchObject([{ token: "late" }, { token: "token-1" }]);
    expect((await pending).token).toBe("late");
    expect([cache.peek("a"), cache.clear(), await get("a")]).toEqual([null, [], "token-2"]);
  });
});
