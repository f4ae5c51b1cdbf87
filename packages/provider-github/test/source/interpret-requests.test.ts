import { taskDraftSchema } from "@agentbot/core/adapter";
import { describe, expect, test } from "vitest";
import { octocat } from "../fixtures/hello-world.js";
import { installation, interpret, payloads } from "../fixtures/webhooks.js";

describe("A mention", () => {
  test("in a comment becomes a task with all it needs", async () => {
    expect(await interpret("issue_comment", payloads.issueComment({ author_association: "MEMBER" }))).toEqual({
      kind: "task",
      tenant: { externalId: "42", account: "octocat" },
      dedupeKey: "github:1296269:issue_comment:123:created",
      draft: {
        trigger: "mention",
        priority: 10,
        threadAliases: ["github:1296269:issue:7"],
        whenThreadBusy: "queue",
        actor: { provider: "github", id: "583231", login: "octocat" },
        isPreauthorized: false,
        origin: {
          provider: "github",
          tenant: "42",
          conversation: "1296269#7",
          message: "issue_comment/123",
          pullRequest: null,
          url: "https://github.com/octocat/hello-world/issues/7#issuecomment-123",
        },
        occurredAt: new Date("2026-11-20T10:00:00Z"),
        repository: {
          provider: "github",
          tenant: "42",
          id: "1296269",
          path: "octocat/hello-world",
          defaultBranch: "main",
        },
        title: "The build is red",
        instruction: "fix it",
        context: [
          { source: "issue title", authorId: "583231", permission: null, text: "The build is red" },
          { source: "issue body", authorId: "583231", permission: null, text: "It fails." },
          { source: "comment", authorId: "583231", permission: "member", text: "@agentbot fix it" },
        ],
      },
    });
  });

  test("in a comment on a pull request belongs to the pull request's thread", async () => {
    const payload = payloads.issueComment({}, {}, { number: 9, pull_request: { url: "https://x" } });
    expect(await interpret("issue_comment", payload)).toMatchObject({
      kind: "task",
      draft: {
        threadAliases: ["github:1296269:issue:9"],
        origin: { pullRequest: { repositoryId: "1296269", number: 9 } },
      },
    });
  });

  test.each([
    ["a".repeat(40), "a".repeat(40)],
    ["no commit", null],
    [undefined, null],
  ])("on a pull request whose newest commit is %s is about %s", async (sha, headCommit) => {
    const pull = { number: 9, title: "A change", body: "text", head: { sha } };
    const payload = payloads.review({}, { pull_request: pull });
    expect(await interpret("pull_request_review", payload)).toMatchObject({
      draft: { origin: { pullRequest: { headCommit } } },
    });
  });

  test.each([
    ["issues", payloads.issue("opened"), "fix it", "github:1296269:issue:7:opened", "issue/7"],
    [
      "issues",
      payloads.issue("opened", { title: "@agentbot fix it", body: null }),
      "fix it",
      "github:1296269:issue:7:opened",
      "issue/7",
    ],
    ["pull_request", payloads.pullRequest("opened"), "finish it", "github:1296269:pull:9:opened", "issue/9"],
    ["pull_request_review", payloads.review(), "fix it", "github:1296269:review:66:submitted", "review/66"],
    [
      "pull_request_review_comment",
      payloads.reviewComment(),
      "rename it",
      "github:1296269:review_comment:55:created",
      "review_comment/55",
    ],
  ])("in %s becomes a task", async (event, payload, instruction, dedupeKey, message) => {
    const result = await interpret(event, payload);
    expect(result).toMatchObject({ kind: "task", dedupeKey, draft: { instruction, origin: { message } } });
    if (result.kind === "task") expect(taskDraftSchema.parse(result.draft)).toEqual(result.draft);
  });

  test("in a review comment brings the lines it is about", async () => {
    expect(await interpret("pull_request_review_comment", payloads.reviewComment())).toMatchObject({
      draft: {
        context: expect.arrayContaining([
          { source: "commented lines", authorId: null, permission: null, text: "src/a.ts:3\n@@ -1 +1 @@" },
          { source: "review comment", authorId: "583231", permission: null, text: "@agentbot rename it" },
        ]),
      },
    });
  });

  test("with nothing else is still a task", async () => {
    const result = await interpret("issue_comment", payloads.issueComment({ body: "@agentbot" }));
    expect(result).toMatchObject({ kind: "task", draft: { instruction: "" } });
  });

  test.each(["stop", "retry", "status", "help", "resume"])("followed by %s is a command", async (command) => {
    const result = await interpret("issue_comment", payloads.issueComment({ body: `@agentbot ${command}!` }));
    expect(result).toMatchObject({ kind: "command", command, draft: { trigger: "mention", priority: 0 } });
  });

  test("at an installation's own endpoint belongs to that installation", async () => {
    const payload = payloads.issueComment({}, { installation: undefined });
    expect(await interpret("issue_comment", payload, installation)).toMatchObject({
      tenant: { externalId: "99", account: "octocat" },
      draft: { origin: { tenant: "99" }, repository: { tenant: "99" } },
    });
  });

  test("by a bot that is allow-listed becomes a task that needs no permission", async () => {
    const bot = { id: 777, login: "helper[bot]", type: "Bot" };
    const own = payloads.issueComment({ user: bot }, { sender: bot });
    expect(await interpret("issue_comment", own)).toMatchObject({
      kind: "task",
      draft: { actor: { id: "777" }, isPreauthorized: true },
    });
    const other = { id: 778, login: "helper[bot]", type: "Bot" };
    const viaApp = payloads.issueComment({ user: other, performed_via_github_app: { id: 777 } }, { sender: other });
    expect(await interpret("issue_comment", viaApp)).toMatchObject({ kind: "task", draft: { isPreauthorized: true } });
  });

  test("by a person through an allow-listed App still needs the person's permission", async () => {
    const viaApp = payloads.issueComment({ performed_via_github_app: { id: 777 } });
    expect(await interpret("issue_comment", viaApp)).toMatchObject({ kind: "task", draft: { isPreauthorized: false } });
  });

  test("has no association that is not a word of GitHub's", async () => {
    const result = await interpret("issue_comment", payloads.issueComment({ author_association: "so: trusted" }));
    expect(result).toMatchObject({ kind: "task", draft: { context: [{}, {}, { permission: null }] } });
  });
});

describe("A label or an assignment", () => {
  const label = { id: 5, name: "agentbot" };
  const moment = "2026-11-21T11:00:00.000Z";

  test.each([
    ["issues", payloads.issue("labeled", {}, { label }), "label", `issue:7:labeled:${moment}`],
    ["issues", payloads.issue("labeled", {}, { label: { name: "AgentBot" } }), "label", `issue:7:labeled:${moment}`],
    [
      "issues",
      payloads.issue("assigned", {}, { assignee: { id: 1, login: "agentbot[bot]" } }),
      "assignment",
      `issue:7:assigned:${moment}`,
    ],
    ["pull_request", payloads.pullRequest("labeled", {}, { label }), "label", `pull:9:labeled:${moment}`],
    [
      "pull_request",
      payloads.pullRequest("assigned", {}, { assignee: { id: 1, login: "agentbot" } }),
      "assignment",
      `pull:9:assigned:${moment}`,
    ],
    [
      "pull_request",
      payloads.pullRequest("review_requested", {}, { requested_reviewer: { id: 1, login: "agentbot" } }),
      "review_request",
      `pull:9:review_requested:${moment}`,
    ],
  ])("in %s becomes a task that a busy thread swallows", async (event, payload, trigger, key) => {
    expect(await interpret(event, payload)).toMatchObject({
      kind: "task",
      dedupeKey: `github:1296269:${key}`,
      draft: {
        ...{ trigger, priority: 20, whenThreadBusy: "collapse", instruction: "", actor: { login: octocat.login } },
        occurredAt: new Date(moment),
      },
    });
  });

  test("names the labeler as the actor and the author of each text", async () => {
    const stranger = { id: 31, login: "stranger", type: "User" };
    const result = await interpret("issues", payloads.issue("labeled", { user: stranger }, { label }));
    expect(result).toMatchObject({
      draft: { actor: { id: "583231" }, context: [{ authorId: "31" }, { authorId: "31" }] },
    });
  });

  test("put on again later is another request", async () => {
    const keys = await Promise.all(
      ["2026-11-21T11:00:00Z", "2026-11-21T12:00:00Z"].map(async (updated_at) => {
        const result = await interpret("issues", payloads.issue("labeled", { updated_at }, { label }));
        return result.kind === "task" ? result.dedupeKey : null;
      }),
    );
    expect(new Set(keys).size).toBe(2);
  });
});

describe("The texts of a task", () => {
  test("are capped, with a note", async () => {
    const result = await interpret("issue_comment", payloads.issueComment({}, {}, { body: "x".repeat(1_000_000) }));
    const body = result.kind === "task" ? result.draft.context[1]?.text : "";
    expect(body?.length).toBeLessThanOrEqual(65_536);
    expect(body).toContain("[cut: the text had 1000000 characters]");
  });

  test("hold nothing that a database refuses or a reader cannot see", async () => {
    const dirty = "a\u0000b\ud800c\u{e0041}d <!-- hidden -->";
    const payload = payloads.issueComment({ body: `@agentbot ${dirty}` }, {}, { title: `${dirty}\nline`, body: dirty });
    const result = await interpret("issue_comment", payload);
    expect(JSON.stringify(result)).not.toMatch(/\\u0000|\\ud800|\u{e0041}/u);
    // GitHub shows a title as it is written, and hides comments in Markdown.
    expect(result).toMatchObject({
      draft: {
        title: "abcd <!-- hidden --> line",
        instruction: "abcd",
        context: [{ text: "abcd <!-- hidden -->\nline" }, { text: "abcd " }, { text: "@agentbot abcd " }],
      },
    });
  });

  test("lead to GitHub only", async () => {
    const result = await interpret("issue_comment", payloads.issueComment({ html_url: "https://evil.test/x" }));
    expect(result).toMatchObject({ draft: { origin: { url: "https://github.com/octocat/hello-world/issues/7" } } });
  });
});
