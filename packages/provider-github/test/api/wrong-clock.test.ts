import { setImmediate as nextTurn } from "node:timers/promises";
import type { Clock, Logger } from "@agentbot/core";
import { systemClock } from "@agentbot/core/adapter";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import type { FakeGitHub } from "../../src/testing/index.js";
import { actorOf, octocat, providerOf, repository, startHello, unaborted } from "../fixtures/hello-world.js";

const minute = 60_000;
const query = { headBranch: "agentbot/1" };

let github: FakeGitHub;
beforeEach(async () => {
  github = await startHello();
});
afterEach(() => github.close());

/** A machine's clock that is off by `shiftMs` milliseconds and can be set. */
function shiftedClock(shiftMs: number): Clock & { shiftMs: number } {
  const clock = { ...systemClock, shiftMs, now: () => new Date(Date.now() + clock.shiftMs) };
  return clock;
}

function recordWarnings(): { readonly logger: Logger; readonly warnings: string[] } {
  const warnings: string[] = [];
  const silent = (): void => {};
  const warn = (_: object, message: string): void => void warnings.push(message);
  const logger: Logger = { debug: silent, info: silent, warn, error: silent, child: () => logger };
  return { logger, warnings };
}

describe("On a machine whose clock is wrong", () => {
  test.each([10, -10, 600, -600])(
    "by %i minutes, the App still signs in, and the log has the reason",
    async (minutes) => {
      const { logger, warnings } = recordWarnings();
      const { codeHost } = providerOf(github, { clock: shiftedClock(minutes * minute), logger });
      expect(await codeHost.findPullRequest(repository, query, unaborted)).toBeNull();
      await codeHost.credentials(repository, unaborted);
      expect(warnings).toEqual([expect.stringContaining("clock is wrong")]);
      // The first token was refused once; from then on GitHub's time is known.
      const refused = github.requests.filter(({ status }) => status === 401);
      expect(refused.length).toBe(1);
    },
  );

  test("every request that was on its way when it was noticed is tried again", async () => {
    const { codeHost } = providerOf(github, { clock: shiftedClock(-60 * minute) });
    await Promise.all(Array.from({ length: 5 }, () => codeHost.credentials(repository, unaborted)));
    expect(github.requests.filter(({ status }) => status === 401).length).toBe(5);
  });

  test("and is set right while it works, the App goes on", async () => {
    const { logger, warnings } = recordWarnings();
    const clock = shiftedClock(-60 * minute);
    const { codeHost } = providerOf(github, { clock, logger });
    await codeHost.credentials(repository, unaborted);
    clock.shiftMs = 0;
    await codeHost.credentials(repository, unaborted);
    expect(warnings.length).toBe(2);
  });

  test("a refusal that is not the clock's is not tried again", async () => {
    const { codeHost } = providerOf(github);
    github.fail({ path: /access_tokens/, status: 401, times: 5 });
    await expect(codeHost.findPullRequest(repository, query, unaborted)).rejects.toThrow("401");
    expect(github.requests.length).toBe(1);
  });

  test.each([
    ["a server of this network", (url: string) => url],
    ["GitHub itself", () => "https://api.github.test"],
  ])("a clock that is set back an hour during requests to %s delays nothing", async (_, addressOf) => {
    vi.useFakeTimers({ toFake: ["Date"] });
    onTestFinished(() => void vi.useRealTimers());
    const apiUrl = addressOf(github.apiUrl);
    const toFake: typeof globalThis.fetch = (input, init) => fetch(String(input).replace(apiUrl, github.apiUrl), init);
    const { codeHost } = providerOf(github, { apiUrl, fetch: toFake });
    await codeHost.findPullRequest(repository, query, unaborted);
    for (let turns = 0; turns < 6; turns += 1) {
      vi.setSystemTime(Date.now() - 60 * minute);
      // Later in a request each time.
      const permission = codeHost.permission(repository, actorOf(octocat), unaborted);
      if (apiUrl === github.apiUrl) {
        for (let turn = 0; turn < turns; turn += 1) await nextTurn();
        vi.setSystemTime(Date.now() - 60 * minute);
      }
      expect(await permission).toBe("admin");
    }
  });

  test("the rate limit is waited for by GitHub's clock", async () => {
    const { codeHost } = providerOf(github, { clock: shiftedClock(-10 * minute) });
    const reset = String(Math.floor(Date.now() / 1000) + 120);
    const headers = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset };
    github.fail({ path: /\/pulls/, status: 403, headers });
    const failing = codeHost.findPullRequest(repository, query, unaborted);
    const error = await failing.catch((reason: unknown) => reason as { retryAfterMs: number });
    expect(error).toMatchObject({ code: "PROVIDER_UNAVAILABLE" });
    expect((error as { retryAfterMs: number }).retryAfterMs).toBeLessThanOrEqual(121_000);
  });
});
