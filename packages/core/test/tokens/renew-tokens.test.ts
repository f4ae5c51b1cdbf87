import { AgentBotError, type OAuthTokens } from "@agentbot/core";
import { type LockedCredential, refreshTokens } from "@agentbot/core/adapter";
import { rejectsWithCode } from "@agentbot/core/testing";
import { describe, expect, onTestFinished, test, vi } from "vitest";

const { signal } = new AbortController();
const tokensOf = (name: string): OAuthTokens => ({
  ...{ accessToken: name, refreshToken: `refresh of ${name}`, expiresAt: null, scopes: [] },
});
const [stale, renewed] = [tokensOf("stale"), tokensOf("renewed")];
const unavailable = () => new AgentBotError("STORE_UNAVAILABLE", "down");

/** A credential whose first changes fail in the given ways: done or not, and answered or not. */
function failingCredential(fates: ("undone" | "done" | "silent")[], refuse: () => Error = unavailable) {
  const state = { tokens: stale, replaced: 0, renewals: 0 };
  const credential: LockedCredential = {
    find: async () => state.tokens,
    async replace(tokens) {
      state.replaced += 1;
      const fate = fates.shift();
      if (fate === "undone") throw refuse();
      if (state.tokens !== stale) return false;
      state.tokens = tokens;
      if (fate === "done") throw refuse();
      if (fate === "silent") await new Promise(() => {});
      return true;
    },
  };
  const renew = async () => {
    state.renewals += 1;
    return renewed;
  };
  const refresh = (timeoutMs = 1000) =>
    refreshTokens({ stale, renew, timeoutMs, signal }, async (turn) => await turn(credential));
  return { state, refresh };
}

describe("renewed tokens that the store fails to take", () => {
  test.each([
    ["undone", 2],
    ["done", 2],
    ["silent", 2],
  ] as const)("(%s) are stored at the next try, and not renewed again", async (fate, replaced) => {
    // Only the test sets the time on: a process that stalls does not use it up.
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    onTestFinished(() => void vi.useRealTimers());
    const { state, refresh } = failingCredential([fate]);
    const refreshing = refresh(1000);
    if (fate === "silent") await vi.advanceTimersByTimeAsync(500);
    expect(await refreshing).toEqual(renewed);
    expect(state).toEqual({ tokens: renewed, replaced, renewals: 1 });
  });

  test("for the whole time are said to be lost, with the fault of the store and no token", async () => {
    const { state, refresh } = failingCredential(Array.from({ length: 1000 }, () => "undone" as const));
    const lost = refresh(50);
    await rejectsWithCode(lost, "CREDENTIALS_LOST");
    await expect(lost).rejects.toMatchObject({ cause: { code: "STORE_UNAVAILABLE" } });
    await expect(lost).rejects.toThrow(/^(?!.*(stale|renewed)).*connect the account again/);
    expect(state.renewals).toBe(1);
    expect(state.replaced).toBeGreaterThan(1);
  });

  test("because it refuses them are said to be lost at once", async () => {
    const { state, refresh } = failingCredential(["undone", "undone"], () => new Error("no such column"));
    await rejectsWithCode(refresh(), "CREDENTIALS_LOST");
    expect(state).toEqual({ tokens: stale, replaced: 1, renewals: 1 });
  });
});

test("a wait that is not a number of milliseconds, or longer than a lock is held, is refused", async () => {
  for (const timeoutMs of [0, 1.5, Number.NaN, 20_001]) {
    await rejectsWithCode(failingCredential([]).refresh(timeoutMs), "CONFIGURATION_INVALID");
  }
});
