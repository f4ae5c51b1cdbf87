import { AgentBotError } from "@agentbot/core";
import { createManualClock } from "@agentbot/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { FakeGitHub } from "../../src/testing/index.js";
import { providerOf, repository, startHello, unaborted } from "../fixtures/hello-world.js";

let github: FakeGitHub;
const clock = createManualClock(new Date());
beforeEach(async () => {
  github = await startHello({ installations: [{ id: 1 }, { id: 2 }] });
});
afterEach(() => github.close());

/** The wait in the error of a request; null if it was answered. */
async function waitOf(work: Promise<unknown>): Promise<number | null> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error === null) return null;
  expect(AgentBotError.hasCode(error, "PROVIDER_UNAVAILABLE")).toBe(true);
  return (error as AgentBotError).retryAfterMs;
}

describe("After a rate limit", () => {
  test("GitHub gets no request until its time is over", async () => {
    const { codeHost } = providerOf(github, { clock });
    const read = () => codeHost.readFile(repository, "missing", unaborted);
    await read();
    github.fail({ path: /contents/, status: 429, headers: { "retry-after": "30" } });
    expect(await waitOf(read())).toBe(30_000);
    const sent = github.requests.length;
    await clock.advance(10_000);
    expect(await waitOf(read())).toBe(20_000);
    expect(await waitOf(codeHost.findPullRequest(repository, { number: 1 }, unaborted))).toBe(20_000);
    expect(github.requests).toHaveLength(sent);
    await clock.advance(20_000);
    expect(await waitOf(read())).toBeNull();
  });

  test("another installation goes on, and so does the App itself", async () => {
    const { codeHost } = providerOf(github, { clock });
    github.fail({ path: /contents/, status: 403, headers: { "retry-after": "30" } });
    expect(await waitOf(codeHost.readFile(repository, "missing", unaborted))).toBe(30_000);
    const other = { ...repository, tenant: "2" };
    expect(await codeHost.readFile(other, "missing", unaborted)).toBeNull();
    const credential = await codeHost.credentials(repository, unaborted);
    await credential.revoke();
  });

  test("a wait of years is cut to the longest plausible one", async () => {
    const { codeHost } = providerOf(github, { clock });
    github.fail({ path: /contents/, status: 429, headers: { "retry-after": "1000000000" } });
    expect(await waitOf(codeHost.readFile(repository, "missing", unaborted))).toBe(3_660_000);
  });

  test("a later limit with less to wait does not shorten it", async () => {
    const { codeHost } = providerOf(github, { clock });
    const read = (path: string) => codeHost.readFile(repository, path, unaborted);
    await read("missing");
    github.fail({ path: /first/, status: 429, headers: { "retry-after": "60" } });
    github.fail({ path: /second/, status: 429, headers: { "retry-after": "1" } });
    expect(await Promise.all([waitOf(read("first")), waitOf(read("second"))])).toEqual([60_000, 1000]);
    expect(await waitOf(read("missing"))).toBe(60_000);
  });
});
