import { rejectsWithCode } from "@agentbot/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { FakeGitHub } from "../../src/testing/index.js";
import { hubot, noSignal, octocat, originAt, providerOf, startHello } from "../fixtures/hello-world.js";

let github: FakeGitHub;
beforeEach(async () => {
  github = await startHello();
});
afterEach(() => github.close());

const marker = "<!-- agentbot:task=1 -->";
const request = { origin: originAt(7), marker, signal: noSignal };

describe("acknowledge", () => {
  test.each([
    ["issue/7", "issue/7"],
    ["review_comment/55", "review_comment/55"],
    ["review/66", "issue/7"],
    [null, "issue/7"],
    ["issue_comment/x", "issue/7"],
  ])("reacts with eyes to %j", async (message, subject) => {
    const { conversation } = providerOf(github);
    await conversation.acknowledge(originAt(7, { message }), noSignal);
    await conversation.acknowledge(originAt(7, { message }), noSignal);
    expect(github.reactions).toMatchObject([{ subject, content: "eyes", user: github.bot }]);
  });

  test("reacts to a comment", async () => {
    const { id } = github.addComment({ repository: "octocat/hello-world", issueNumber: 7, body: "hi", user: hubot });
    await providerOf(github).conversation.acknowledge(originAt(7, { message: `issue_comment/${id}` }), noSignal);
    expect(github.reactions).toMatchObject([{ subject: `issue_comment/${id}`, content: "eyes" }]);
  });

  test.each([404, 403, 422, 410])("goes on when GitHub answers %s", async (status) => {
    const { conversation } = providerOf(github);
    github.fail({ path: /reactions$/, status });
    await conversation.acknowledge(originAt(7), noSignal);
    expect(github.reactions).toEqual([]);
  });

  test("says when GitHub is down", async () => {
    github.fail({ path: /reactions$/, status: 503 });
    await rejectsWithCode(providerOf(github).conversation.acknowledge(originAt(7), noSignal), "PROVIDER_UNAVAILABLE");
  });
});

describe("The status comment", () => {
  test("is found by its marker and its author, wherever it stands in the thread", async () => {
    const { conversation } = providerOf(github);
    const say = (body: string, user = hubot) =>
      github.addComment({ repository: "octocat/hello-world", issueNumber: 7, body, user });
    for (let count = 0; count < 130; count += 1) say(`noise ${count}`);
    say(`a copy ${marker}`, octocat);
    const posted = await conversation.postStatus({ ...request, body: `on it ${marker}` });
    say(`another copy ${marker}`);
    await conversation.postStatus({ ...request, marker: "<!-- agentbot:task=2 -->", body: "another task" });
    expect(await conversation.findStatus(request)).toEqual([posted]);
    expect(posted.url).toBe(`${github.url}/octocat/hello-world/issues/7#issuecomment-${posted.id}`);
  });

  test("is recognised by the bot's account where GitHub does not name the App", async () => {
    const { conversation } = providerOf(github);
    const { id } = github.addComment({
      repository: "octocat/hello-world",
      issueNumber: 7,
      body: marker,
      user: github.bot,
    });
    const impostor = { id: 1, login: "agentbot-app", type: "Bot" as const };
    github.addComment({ repository: "octocat/hello-world", issueNumber: 7, body: marker, user: impostor });
    expect((await conversation.findStatus(request)).map((message) => message.id)).toEqual([String(id)]);
    await conversation.findStatus(request);
    expect(github.requests.filter(({ path }) => path === "/app")).toHaveLength(1);
  });

  test("is never a person's who writes through the App and copies the marker", async () => {
    const { conversation } = providerOf(github);
    const copy = { repository: "octocat/hello-world", issueNumber: 7, body: marker, user: hubot };
    github.addComment({ ...copy, appId: github.app.id });
    expect(await conversation.findStatus(request)).toEqual([]);
  });

  test("is recognised by the bot's own name where nobody tells the App's", async () => {
    const { conversation } = providerOf(github);
    github.fail({ method: "GET", path: /^\/app$/, status: 404 });
    const user = { id: 2, login: "agentbot[bot]", type: "Bot" as const };
    const { id } = github.addComment({ repository: "octocat/hello-world", issueNumber: 7, body: marker, user });
    expect((await conversation.findStatus(request)).map((message) => message.id)).toEqual([String(id)]);
  });

  test("is updated, and its duplicates removed, oldest first", async () => {
    const { conversation } = providerOf(github);
    const first = await conversation.postStatus({ ...request, body: `one ${marker}` });
    const second = await conversation.postStatus({ ...request, body: `two ${marker}` });
    expect(await conversation.findStatus(request)).toEqual([first, second]);
    await conversation.removeStatus({ ...request, id: second.id });
    await conversation.removeStatus({ ...request, id: second.id });
    await conversation.updateStatus({ ...request, id: first.id, body: `done ${marker}` });
    expect(github.comments).toMatchObject([{ id: Number(first.id), body: `done ${marker}` }]);
  });

  test("fits GitHub's limit and keeps its marker", async () => {
    const { conversation } = providerOf(github);
    await conversation.postStatus({ ...request, body: `${"x".repeat(100_000)} ${marker}` });
    await conversation.postStatus({ ...request, body: "without" });
    expect(await conversation.findStatus(request)).toHaveLength(2);
    expect(github.comments[0]?.body.length).toBeLessThanOrEqual(65_536);
    expect(github.comments[1]?.body).toBe(`without\n\n${marker}`);
  });

  test("is refused where the conversation is locked, gone, or no address", async () => {
    const { conversation } = providerOf(github);
    for (const origin of [originAt(8), originAt(404), { ...originAt(7), conversation: "octocat/hello-world" }]) {
      await rejectsWithCode(conversation.postStatus({ ...request, origin, body: "hello" }), "PROVIDER_REJECTED");
    }
    const gone = conversation.updateStatus({ ...request, id: "1", body: "hello" });
    await rejectsWithCode(gone, "PROVIDER_REJECTED");
  });

  test("is not posted twice when the answer is lost, and is found afterwards", async () => {
    const { conversation } = providerOf(github);
    github.fail({ method: "POST", path: /\/comments$/, when: "after" });
    await rejectsWithCode(conversation.postStatus({ ...request, body: "on it" }), "PROVIDER_UNAVAILABLE");
    expect(github.comments).toHaveLength(1);
    expect(await conversation.findStatus(request)).toHaveLength(1);
  });
});
