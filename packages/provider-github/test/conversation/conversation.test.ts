import { rejectsWithCode } from "@agentbot/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { FakeGitHub } from "../../src/testing/index.js";
import { hubot, octocat, originAt, providerOf, startHello, unaborted, viewOf } from "../fixtures/hello-world.js";

let github: FakeGitHub;
beforeEach(async () => {
  github = await startHello();
});
afterEach(() => github.close());

const mark = "<!-- agentbot:task=1 -->";
const request = { origin: originAt(7), taskId: "1" };
const place = { repository: "octocat/hello-world", issueNumber: 7 };

describe("acknowledge", () => {
  test.each([
    ["issue/7", "issue/7"],
    ["review_comment/55", "review_comment/55"],
    ["review/66", "issue/7"],
    [null, "issue/7"],
    ["issue_comment/x", "issue/7"],
  ])("reacts with eyes to %j", async (message, subject) => {
    const { conversation } = providerOf(github);
    await conversation.acknowledge(originAt(7, { message }), unaborted);
    await conversation.acknowledge(originAt(7, { message }), unaborted);
    expect(github.reactions).toMatchObject([{ subject, content: "eyes", user: github.bot }]);
  });

  test("reacts to a comment", async () => {
    const { id } = github.addComment({ ...place, body: "hi", user: hubot });
    await providerOf(github).conversation.acknowledge(originAt(7, { message: `issue_comment/${id}` }), unaborted);
    expect(github.reactions).toMatchObject([{ subject: `issue_comment/${id}`, content: "eyes" }]);
  });

  test.each([404, 403, 422, 410])("succeeds when GitHub answers %s", async (status) => {
    const { conversation } = providerOf(github);
    github.fail({ path: /reactions$/, status });
    await conversation.acknowledge(originAt(7), unaborted);
    expect(github.reactions).toEqual([]);
  });

  test("fails when GitHub is down", async () => {
    github.fail({ path: /reactions$/, status: 503 });
    await rejectsWithCode(providerOf(github).conversation.acknowledge(originAt(7), unaborted), "PROVIDER_UNAVAILABLE");
  });
});

describe("The status comment", () => {
  test("is found by its mark and its author, wherever it stands in the thread", async () => {
    const { conversation } = providerOf(github);
    for (let count = 0; count < 130; count += 1) github.addComment({ ...place, body: `noise ${count}`, user: hubot });
    github.addComment({ ...place, body: `a copy ${mark}`, user: octocat });
    const posted = await conversation.postStatus({ ...request, view: viewOf("on it") }, unaborted);
    github.addComment({ ...place, body: `another copy ${mark}`, user: hubot });
    await conversation.postStatus({ ...request, taskId: "2", view: viewOf("another task") }, unaborted);
    expect(await conversation.findStatus(request, unaborted)).toEqual([posted]);
    expect(posted.url).toBe(`${github.url}/octocat/hello-world/issues/7#issuecomment-${posted.id}`);
  });

  test("is recognized by the bot's account where GitHub does not name the App", async () => {
    const { conversation } = providerOf(github);
    const { id } = github.addComment({ ...place, body: mark, user: github.bot });
    const impostor = { id: 1, login: "agentbot-app", type: "Bot" as const };
    github.addComment({ ...place, body: mark, user: impostor });
    expect((await conversation.findStatus(request, unaborted)).map((message) => message.id)).toEqual([String(id)]);
    await conversation.findStatus(request, unaborted);
    expect(github.requests.filter(({ path }) => path === "/app")).toHaveLength(1);
  });

  test("is never that of a person behind the App with a copy of the mark", async () => {
    const { conversation } = providerOf(github);
    github.addComment({ ...place, body: mark, user: hubot, appId: github.app.id });
    expect(await conversation.findStatus(request, unaborted)).toEqual([]);
  });

  test("is recognized by the bot's own name where the App's cannot be read", async () => {
    const { conversation } = providerOf(github);
    github.fail({ method: "GET", path: /^\/app$/, status: 404 });
    const user = { id: 2, login: "agentbot[bot]", type: "Bot" as const };
    const { id } = github.addComment({ ...place, body: mark, user });
    expect((await conversation.findStatus(request, unaborted)).map((message) => message.id)).toEqual([String(id)]);
  });

  test("is updated, and its duplicates removed, oldest first", async () => {
    const { conversation } = providerOf(github);
    const first = await conversation.postStatus({ ...request, view: viewOf("one") }, unaborted);
    const second = await conversation.postStatus({ ...request, view: viewOf("two") }, unaborted);
    expect(await conversation.findStatus(request, unaborted)).toEqual([first, second]);
    await conversation.removeStatus({ ...request, id: second.id }, unaborted);
    await conversation.removeStatus({ ...request, id: second.id }, unaborted);
    await conversation.updateStatus({ ...request, id: first.id, view: viewOf("finished") }, unaborted);
    expect(github.comments).toMatchObject([{ id: Number(first.id), body: expect.stringContaining("finished") }]);
  });

  test("is refused where the conversation is locked, gone, or not an address of GitHub's", async () => {
    const { conversation } = providerOf(github);
    const view = viewOf("hello");
    for (const origin of [originAt(8), originAt(404), { ...originAt(7), conversation: "octocat/hello-world" }]) {
      await rejectsWithCode(conversation.postStatus({ ...request, origin, view }, unaborted), "PROVIDER_REJECTED");
    }
    await rejectsWithCode(conversation.updateStatus({ ...request, id: "1", view }, unaborted), "PROVIDER_REJECTED");
  });

  test("is not posted twice when the answer is lost, and is found afterwards", async () => {
    const { conversation } = providerOf(github);
    github.fail({ method: "POST", path: /\/comments$/, when: "after" });
    const posting = conversation.postStatus({ ...request, view: viewOf("on it") }, unaborted);
    await rejectsWithCode(posting, "PROVIDER_UNAVAILABLE");
    expect(github.comments).toHaveLength(1);
    expect(await conversation.findStatus(request, unaborted)).toHaveLength(1);
  });
});
