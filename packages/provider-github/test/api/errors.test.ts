import { generateKeyPairSync } from "node:crypto";
import { AgentBotError, createMetricsRegistry } from "@agentbot/core";
import { eventually } from "@agentbot/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { FakeGitHub, FakeGitHubFault } from "../../src/testing/index.js";
import { originAt, providerOf, repository, startHello, unaborted, viewOf } from "../fixtures/hello-world.js";

let github: FakeGitHub;
beforeEach(async () => {
  github = await startHello();
});
afterEach(() => github.close());

async function failureOf(work: Promise<unknown>): Promise<AgentBotError> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!AgentBotError.isInstance(error)) throw new Error(`expected an AgentBotError, got ${String(error)}`);
  return error;
}

const pulls = /\/pulls/;
const cases: readonly [string, FakeGitHubFault, string, number | null][] = [
  ["401", { status: 401 }, "PROVIDER_AUTHENTICATION_FAILED", null],
  ["403", { status: 403 }, "PROVIDER_REJECTED", null],
  ["403 with retry-after", { status: 403, headers: { "retry-after": "7" } }, "PROVIDER_UNAVAILABLE", 7000],
  ["429 with retry-after", { status: 429, headers: { "retry-after": "30" } }, "PROVIDER_UNAVAILABLE", 30_000],
  ["429 without a time", { status: 429 }, "PROVIDER_UNAVAILABLE", 60_000],
  [
    "403 of the secondary limit",
    { status: 403, body: { message: "You have exceeded a secondary rate limit." } },
    "PROVIDER_UNAVAILABLE",
    60_000,
  ],
  ["404", { status: 404 }, "PROVIDER_REJECTED", null],
  ["410", { status: 410 }, "PROVIDER_REJECTED", null],
  ["422", { status: 422 }, "PROVIDER_REJECTED", null],
  ["500", { status: 500 }, "PROVIDER_UNAVAILABLE", null],
  ["502", { status: 502, body: "<html>" }, "PROVIDER_UNAVAILABLE", null],
  ["a cut connection", {}, "PROVIDER_UNAVAILABLE", null],
  ["something else than GitHub", { status: 200, body: { hello: 1 } }, "PROVIDER_UNAVAILABLE", null],
];

describe("An answer of GitHub", () => {
  test.each(cases)("%s becomes the right error", async (_, fault, code, retryAfterMs) => {
    github.fail({ ...fault, path: pulls, times: 10 });
    const query = { headBranch: "agentbot/1" };
    const error = await failureOf(providerOf(github).codeHost.findPullRequest(repository, query, unaborted));
    expect(error.code).toBe(code);
    expect(error.retryAfterMs).toBe(retryAfterMs);
    expect(error.message).toContain("looking for the pull request");
    for (const { token } of github.tokens) expect(JSON.stringify([error.message, error.details])).not.toContain(token);
  });

  test("that the rate limit is used up carries its end", async () => {
    const reset = Math.floor(Date.now() / 1000) + 120;
    const headers = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(reset) };
    github.fail({ path: pulls, status: 403, headers });
    const error = await failureOf(providerOf(github).codeHost.findPullRequest(repository, { number: 1 }, unaborted));
    expect(error.code).toBe("PROVIDER_UNAVAILABLE");
    expect(error.retryAfterMs).toBeGreaterThan(100_000);
    expect(error.retryAfterMs).toBeLessThanOrEqual(121_000);
  });

  test("without an end is not read to its end", async () => {
    const piece = new TextEncoder().encode(" ".repeat(1024 * 1024));
    let pieces = 0;
    const endless = () =>
      new ReadableStream({
        pull(body) {
          pieces += 1;
          if (pieces > 500) body.close();
          else body.enqueue(piece);
        },
      });
    const headers = { "content-type": "application/json" };
    const { conversation } = providerOf(github, {
      fetch: async (address, init) =>
        String(address).endsWith("/comments") ? new Response(endless(), { headers }) : await fetch(address, init),
    });
    const request = { origin: originAt(7), taskId: "1", view: viewOf("hello") };
    const error = await failureOf(conversation.postStatus(request, unaborted));
    expect(error.code).toBe("PROVIDER_UNAVAILABLE");
    expect(error.message).toContain("The answer is longer than 41943040 bytes");
    expect(pieces).toBeLessThan(50);
  });

  test("that breaks off is read again", async () => {
    let isBroken = true;
    const { codeHost } = providerOf(github, {
      fetch: async (address, init) => {
        const response = await fetch(address, init);
        if (!isBroken || !pulls.test(String(address))) return response;
        isBroken = false;
        return new Response(new ReadableStream({ pull: (body) => body.error(new TypeError("terminated")) }), response);
      },
    });
    expect(await codeHost.findPullRequest(repository, { headBranch: "agentbot/1" }, unaborted)).toBeNull();
  });

  test("that never comes is given up", async () => {
    github.fail({ path: pulls, delayMs: 60_000, times: 3 });
    const { codeHost } = providerOf(github, { requestTimeoutMs: 50 });
    const error = await failureOf(codeHost.findPullRequest(repository, { number: 1 }, unaborted));
    expect(error.code).toBe("PROVIDER_UNAVAILABLE");
  });
});

describe("A request", () => {
  test("that reads is tried again after a fault", async () => {
    github.fail({ path: pulls, status: 502, times: 2 });
    expect(await providerOf(github).codeHost.findPullRequest(repository, { number: 1 }, unaborted)).toBeNull();
  });

  test("that creates is tried once", async () => {
    github.fail({ method: "POST", path: /comments$/, status: 502, times: 5 });
    const request = { origin: originAt(7), taskId: "1", view: viewOf("hello") };
    await failureOf(providerOf(github).conversation.postStatus(request, unaborted));
    expect(github.requests.filter(({ path }) => path.endsWith("/comments"))).toHaveLength(1);
  });

  test("ends at once when its signal aborts, with the signal's reason", async () => {
    github.fail({ path: pulls, delayMs: 60_000 });
    const controller = new AbortController();
    const { codeHost } = providerOf(github);
    const work = codeHost.findPullRequest(repository, { number: 1 }, { signal: controller.signal });
    const reason = new Error("stopped");
    await eventually("the request", () => github.requests.some(({ path }) => pulls.test(path)) || null);
    controller.abort(reason);
    await expect(work).rejects.toBe(reason);
    const late = codeHost.findPullRequest(repository, { number: 1 }, { signal: AbortSignal.abort(reason) });
    await expect(late).rejects.toBe(reason);
  });

  test("whose cached token ended early is sent again with a new one", async () => {
    const { codeHost } = providerOf(github);
    await codeHost.readFile(repository, "missing", unaborted);
    for (const token of github.tokens) token.isLive = false;
    expect(await codeHost.readFile(repository, ".github/agentbot.yml", unaborted)).toBe("enabled: true\n");
    expect(github.tokens).toHaveLength(2);
  });

  test("uses the token of the call before", async () => {
    const { codeHost } = providerOf(github);
    for (let call = 0; call < 5; call += 1) await codeHost.readFile(repository, "missing", unaborted);
    expect(github.tokens).toHaveLength(1);
    expect(github.tokens[0]?.repositoryIds).toEqual([1296269]);
    expect(github.tokens[0]?.permissions).toEqual({
      contents: "read",
      issues: "write",
      pull_requests: "write",
      metadata: "read",
    });
  });

  test("is counted by operation and answer", async () => {
    const metrics = createMetricsRegistry({ version: "1.0.0" });
    await providerOf(github, { metrics }).codeHost.readFile(repository, "missing", unaborted);
    const text = metrics.render("text");
    expect(text).toMatch(/agentbot_provider_requests_total\{[^}]*operation="get_file"[^}]*status_class="4xx"[^}]*\} 1/);
    expect(text).toMatch(/agentbot_provider_requests_total\{[^}]*operation="create_token"[^}]*\} 1/);
    expect(text).toMatch(/agentbot_provider_ratelimit_remaining\{provider="github"\} 49\d\d/);
  });

  test("with a wrong key fails as one that GitHub refuses", async () => {
    const other = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
    const privateKey = other.export({ type: "pkcs8", format: "pem" }).toString();
    const { codeHost } = providerOf(github, { privateKey });
    const error = await failureOf(codeHost.credentials(repository, unaborted));
    expect(error.code).toBe("PROVIDER_AUTHENTICATION_FAILED");
    expect(error.message).toContain("GITHUB_PRIVATE_KEY");
  });
});
