import { createSilentLogger } from "@agentbot/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { FakeGitHub } from "../../src/testing/index.js";
import { hubot, octocat, originAt, providerOf, startHello, unaborted, viewOf } from "../fixtures/hello-world.js";

let github: FakeGitHub;
beforeEach(async () => {
  github = await startHello();
});
afterEach(() => github.close());

const repository = "octocat/hello-world";
const moment = (minute: number): Date => new Date(Date.UTC(2026, 10, 20, 10, minute));
const until = moment(30);

function say(
  body: string,
  minute: number,
  parts: { user?: typeof hubot; updatedAt?: Date; association?: string } = {},
) {
  const createdAt = moment(minute);
  return github.addComment({
    repository,
    issueNumber: 7,
    body,
    user: hubot,
    createdAt,
    updatedAt: createdAt,
    ...parts,
  });
}

function history(origin = originAt(7), maxCharacters = 10_000) {
  return providerOf(github).conversation.history({ origin, until, maxCharacters }, unaborted);
}

/** A pull request 9 of octocat's, as an origin. */
function openPullRequest() {
  const { number } = github.addPullRequest({
    ...{ repository, title: "A change", head: "topic", base: "main", headCommit: "b".repeat(40), user: octocat },
  });
  return { number, origin: originAt(number, { pullRequest: { repositoryId: "1296269", number, headCommit: null } }) };
}

describe("The history of an issue", () => {
  test("has the comments before the request, oldest first, with each author", async () => {
    say("first", 1);
    say("second", 2, { user: octocat, association: "OWNER" });
    say("after the request", 31);
    expect(await history()).toEqual({
      spans: [
        { source: "comment", authorId: String(hubot.id), permission: "none", text: "first" },
        { source: "comment", authorId: String(octocat.id), permission: "owner", text: "second" },
      ],
      unreadable: [],
    });
  });

  test("leaves out the request itself and the bot's status comments, not a person's copy of its mark", async () => {
    const { id } = say("@agentbot fix it", 1);
    const { conversation } = providerOf(github);
    await conversation.postStatus({ origin: originAt(7), taskId: "1", view: viewOf("on it") }, unaborted);
    say("copied <!-- agentbot:task=1 -->", 2);
    const origin = originAt(7, { message: `issue_comment/${id}` });
    const request = { origin, until: new Date(Date.now() + 60_000), maxCharacters: 1000 };
    const { spans } = await conversation.history(request, unaborted);
    expect(spans.map(({ text }) => text.trim())).toEqual(["copied"]);
  });

  test("leaves out a comment that was edited after the request, and names the gap", async () => {
    say("as it was", 1, { updatedAt: moment(2) });
    say("changed since", 3, { updatedAt: moment(40) });
    const { spans, unreadable } = await history();
    expect(spans.map(({ text }) => text)).toEqual(["as it was"]);
    expect(unreadable).toEqual(["comments that were edited after the request"]);
  });

  test("keeps the newest that fit", async () => {
    for (let minute = 1; minute < 10; minute += 1) say(`${minute}`.repeat(10), minute);
    const { spans } = await history(originAt(7), 35);
    expect(spans.map(({ text }) => text)).toEqual(["7777777777", "8888888888", "9999999999"]);
  });

  test("is sanitized", async () => {
    say("a\u200bb <!-- hidden -->", 1);
    expect((await history()).spans).toMatchObject([{ text: "ab " }]);
  });

  test("costs at most three requests, for the newest comments", async () => {
    for (let count = 0; count < 1001; count += 1) say(`${count}`, 1);
    const { spans } = await history();
    expect(spans.at(-1)?.text).toBe("1000");
    expect(spans).toHaveLength(101);
    expect(github.requests.filter(({ path }) => path.endsWith("/comments"))).toHaveLength(3);
  });

  test("names what could not be read", async () => {
    github.fail({ path: /comments$/, status: 403 });
    expect(await history()).toEqual({ spans: [], unreadable: ["comments"] });
    expect(await history({ ...originAt(7), conversation: "elsewhere" })).toEqual({
      spans: [],
      unreadable: ["comments"],
    });
  });

  test("ends with its signal", async () => {
    const { conversation } = providerOf(github, { logger: createSilentLogger() });
    const request = { origin: originAt(7), until, maxCharacters: 1000 };
    const work = conversation.history(request, { signal: AbortSignal.abort(new Error("stopped")) });
    await expect(work).rejects.toThrow("stopped");
  });
});

describe("The history of a pull request", () => {
  test("has its comments, reviews and review comments in order, with the lines they are about", async () => {
    const { number, origin } = openPullRequest();
    const lines = { path: "src/a.ts", line: 3, diffHunk: "@@ -1,3 +1,3 @@\n-a\n+b" };
    const place = { repository, issueNumber: number };
    github.addComment({ ...place, body: "looks odd", user: hubot, createdAt: moment(1) });
    github.addReview({
      ...place,
      body: "please change",
      user: octocat,
      state: "CHANGES_REQUESTED",
      submittedAt: moment(2),
    });
    github.addReviewComment({ ...place, ...lines, body: "rename b", user: octocat, createdAt: moment(3) });
    github.addReviewComment({ ...place, ...lines, body: "agreed", user: hubot, createdAt: moment(4) });
    github.addReview({ ...place, body: "", user: hubot, state: "APPROVED", submittedAt: moment(5) });
    github.addReview({ ...place, body: "pending", user: hubot, state: "PENDING", submittedAt: null });
    const { spans, unreadable } = await history(origin);
    expect(unreadable).toEqual([]);
    expect(spans.map(({ source, text }) => [source, text])).toEqual([
      ["comment", "looks odd"],
      ["review: changes requested", "please change"],
      ["commented lines", `src/a.ts:3\n${lines.diffHunk}`],
      ["review comment", "rename b"],
      ["review comment", "agreed"],
    ]);
  });

  test("keeps the end of a long hunk, where the commented line is", async () => {
    const { number, origin } = openPullRequest();
    const diffHunk = `${"+line\n".repeat(5000)}+the commented line`;
    const parts = { path: "a", line: 1, body: "why?", user: hubot, createdAt: moment(1) };
    github.addReviewComment({ repository, issueNumber: number, diffHunk, ...parts });
    const [lines] = (await history(origin)).spans;
    expect(lines?.text).toMatch(/\+the commented line$/);
    expect(lines?.text.length).toBeLessThanOrEqual(4010);
  });

  test("names each source that could not be read, and has the others", async () => {
    const { number, origin } = openPullRequest();
    github.addComment({ repository, issueNumber: number, body: "hello", user: hubot, createdAt: moment(1) });
    github.fail({ path: /reviews$/, status: 404 });
    github.fail({ path: /pulls\/\d+\/comments$/, status: 200, body: { not: "a list" } });
    const { spans, unreadable } = await history(origin);
    expect(spans).toHaveLength(1);
    expect([...unreadable].sort()).toEqual(["review comments", "reviews"]);
  });
});
