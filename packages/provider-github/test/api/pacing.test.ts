import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { FakeGitHub } from "../../src/testing/index.js";
import { originAt, providerOf, startHello, unaborted, viewOf } from "../fixtures/hello-world.js";

let github: FakeGitHub;
beforeEach(async () => {
  github = await startHello();
});
afterEach(() => github.close());

/** The fake behind an `https:` address, where requests are spaced as for the real GitHub. */
function overHttps() {
  const sent: string[] = [];
  const toFake: typeof globalThis.fetch = (input, init) => {
    sent.push(`${init?.method} ${new URL(String(input)).pathname}`);
    return fetch(String(input).replace("https://api.github.test", github.apiUrl), init);
  };
  const provider = providerOf(github, { apiUrl: "https://api.github.test", fetch: toFake });
  return { ...provider, sent };
}

test("Requests to GitHub itself go through the pacing and come out right", async () => {
  const { conversation } = overHttps();
  const request = { origin: originAt(7), taskId: "1" };
  const posted = await conversation.postStatus({ ...request, view: viewOf("hello") }, unaborted);
  expect(await conversation.findStatus(request, unaborted)).toEqual([posted]);
});

test("A request that waits for its turn ends when its signal aborts, and is never sent", async () => {
  const { conversation, sent } = overHttps();
  const request = { origin: originAt(7), taskId: "1", view: viewOf("hello") };
  await conversation.postStatus(request, unaborted);
  const controller = new AbortController();
  const waiting = conversation.postStatus(request, { signal: controller.signal });
  // Its token is cached, so that it reaches its turn at the spacing before the event loop turns twice.
  await nextTurn();
  controller.abort(new Error("stopped"));
  await expect(waiting).rejects.toThrow("stopped");
  // Turns are taken in order: once this request had its turn, the aborted one has had it too.
  await conversation.postStatus(request, unaborted);
  expect(github.comments).toHaveLength(2);
  expect(sent.filter((line) => line.startsWith("POST /repos"))).toHaveLength(2);
});

test("A rate limit is reported at once and not waited for", async () => {
  const { conversation } = overHttps();
  const headers = { "retry-after": "3600", "x-ratelimit-remaining": "0" };
  const message = "You have exceeded a secondary rate limit";
  github.fail({ path: /comments$/, status: 403, headers, body: { message } });
  const work = conversation.findStatus({ origin: originAt(7), taskId: "1" }, unaborted);
  await expect(work).rejects.toMatchObject({ code: "PROVIDER_UNAVAILABLE", retryAfterMs: 3_600_000 });
});
