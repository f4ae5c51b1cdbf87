import { describe, expect, test } from "vitest";
import { installation, interpret, payloads } from "../fixtures/webhooks.js";

const bot = { id: 1, login: "other[bot]", type: "Bot" };
const stranger = { id: 31, login: "stranger", type: "User" };

describe("An event is ignored", () => {
  test.each<readonly [string, string, unknown, string]>([
    ["of an unknown kind", "push", { ref: "refs/heads/main" }, "event_unsupported"],
    ["named like a property of objects", "__proto__", {}, "event_unsupported"],
    ["named like a method of objects", "toString", {}, "event_unsupported"],
    ["that only checks the way", "ping", { zen: "Keep it logically awesome.", hook_id: 1 }, "ping"],
    ["of an unknown action", "issues", payloads.issue("pinned"), "action_unsupported"],
    ["of an edit", "issue_comment", payloads.issueComment({}, { action: "edited" }), "action_unsupported"],
    ["of an edited issue", "issues", payloads.issue("edited"), "action_unsupported"],
    [
      "of a dismissed review",
      "pull_request_review",
      payloads.review({}, { action: "dismissed" }),
      "action_unsupported",
    ],
    [
      "of a deleted comment that requested nothing",
      "issue_comment",
      payloads.issueComment({ body: "hello", updated_at: null }, { action: "deleted" }),
      "no_mention",
    ],
    ["with a pull request's body", "issues", payloads.pullRequest("opened"), "event_mismatch"],
    ["with an issue's body", "issue_comment", payloads.issue("opened"), "event_mismatch"],
    ["with a comment's body", "issues", payloads.issueComment(), "event_mismatch"],
    ["with a review's body", "pull_request", payloads.review(), "event_mismatch"],
    ["with a comment as the installation's", "installation", payloads.issueComment(), "event_mismatch"],
    ["with a comment as a ping", "ping", payloads.issueComment(), "event_mismatch"],
    ["with an array as its body", "issues", [], "event_mismatch"],
    ["with null as its body", "issues", null, "event_mismatch"],
    ["with a string as its body", "issues", "x", "event_mismatch"],
    ["with inherited parts only", "issues", { __proto__: { issue: {} } }, "event_mismatch"],
    ["that names no bot", "issue_comment", payloads.issueComment({ body: "nothing" }), "no_mention"],
    ["with an empty comment", "issue_comment", payloads.issueComment({ body: null }), "no_mention"],
    ["that quotes a mention", "issue_comment", payloads.issueComment({ body: "> @agentbot fix" }), "no_mention"],
    ["that mentions a longer name", "issue_comment", payloads.issueComment({ body: "@agentbot-foo x" }), "no_mention"],
    ["of an issue without text", "issues", payloads.issue("opened", { body: null }), "no_mention"],
    ["of another label", "issues", payloads.issue("labeled", {}, { label: { name: "bug" } }), "label_not_ours"],
    ["of a label that is gone", "issues", payloads.issue("labeled"), "label_not_ours"],
    ["of another assignee", "issues", payloads.issue("assigned", {}, { assignee: stranger }), "assignee_not_ours"],
    [
      "of another reviewer",
      "pull_request",
      payloads.pullRequest("review_requested", {}, { requested_reviewer: stranger }),
      "reviewer_not_ours",
    ],
    ["of a bot", "issue_comment", payloads.issueComment({ user: bot }, { sender: bot }), "actor_is_bot"],
    [
      "of a bot whose type is that of a user",
      "issue_comment",
      payloads.issueComment({}, { sender: { ...bot, type: "User" } }),
      "actor_is_bot",
    ],
    [
      "of an account without a type",
      "issue_comment",
      payloads.issueComment({}, { sender: { ...stranger, type: undefined } }),
      "actor_is_bot",
    ],
    [
      "of an account of another type",
      "issues",
      payloads.issue("labeled", {}, { label: { name: "agentbot" }, sender: { ...stranger, type: "Organization" } }),
      "actor_is_bot",
    ],
    [
      "sent through an App",
      "issue_comment",
      payloads.issueComment({ performed_via_github_app: { id: 5 } }),
      "actor_is_bot",
    ],
    [
      "of a bot that labels",
      "issues",
      payloads.issue("labeled", {}, { label: { name: "agentbot" }, sender: bot }),
      "actor_is_bot",
    ],
    [
      "of our own App",
      "issue_comment",
      payloads.issueComment({ performed_via_github_app: { id: 12345 } }),
      "own_message",
    ],
    [
      "of our own account",
      "issue_comment",
      payloads.issueComment({}, { sender: { id: 2, login: "agentbot[bot]", type: "Bot" } }),
      "own_message",
    ],
    [
      "that copies our mark",
      "issue_comment",
      payloads.issueComment({ body: "@agentbot fix\n<!-- agentbot:task=1 -->" }),
      "own_message",
    ],
    [
      "of an issue that copies our mark",
      "issues",
      payloads.issue("opened", { title: "<!-- agentbot:task=" }),
      "own_message",
    ],
    ["sent by another than the author", "issue_comment", payloads.issueComment({ user: stranger }), "actor_mismatch"],
    ["whose author is gone", "issue_comment", payloads.issueComment({ user: null }), "actor_mismatch"],
    ["whose sender is gone", "issue_comment", payloads.issueComment({}, { sender: null }), "actor_mismatch"],
    ["of a review by another", "pull_request_review", payloads.review({ user: stranger }), "actor_mismatch"],
    [
      "without an installation",
      "issue_comment",
      payloads.issueComment({}, { installation: undefined }),
      "no_installation",
    ],
    ["with no installation", "issue_comment", payloads.issueComment({}, { installation: null }), "no_installation"],
    ["of a pending review", "pull_request_review", payloads.review({ submitted_at: null }), "schema"],
  ])("%s", async (_, event, payload, reason) => {
    expect(await interpret(event, payload)).toEqual({ kind: "ignored", reason });
  });

  test("of another installation than the path's", async () => {
    expect(await interpret("issue_comment", payloads.issueComment(), installation)).toEqual({
      kind: "ignored",
      reason: "installation_mismatch",
    });
  });

  test.each([
    ["a string", { installation: { id: "42" } }],
    ["a fraction", { installation: { id: 4.2 } }],
    ["negative", { installation: { id: -1 } }],
    ["an array", { installation: [1] }],
    ["too large to be exact", { installation: { id: 2 ** 53 + 2 } }],
    ["true", { installation: { id: true } }],
    ["missing, as is the action", { action: undefined }],
    ["fine but the repository is missing", { repository: undefined }],
    ["fine but the repository's id is a string", { repository: { id: "1", name: "a", owner: { login: "o" } } }],
    ["fine but the issue is a number", { issue: 7 }],
    ["fine but the comment is null", { comment: null }],
  ])("when its installation's id is %s", async (_, top) => {
    const result = await interpret("issue_comment", payloads.issueComment({}, top));
    expect(result.kind).toBe("ignored");
    expect(["schema", "event_mismatch", "no_installation"]).toContain(result.kind === "ignored" ? result.reason : "");
  });

  const names = [
    "..",
    ".",
    ".git",
    "-x",
    "--upload-pack=x",
    "a/b",
    "%2e%2e",
    "foo.git",
    "a".repeat(101),
    "a\0b",
    "a\nb",
    "$(id)",
    "`id`",
    ";id",
    "😀",
    "\u202ea",
    "",
  ];
  test.each(names)("when its repository is called %j", async (name) => {
    const repository = { id: 1, name, owner: { login: "octocat" }, default_branch: "main" };
    const result = await interpret("issue_comment", payloads.issueComment({}, { repository }));
    expect(result).toEqual({ kind: "ignored", reason: "schema" });
  });

  test.each(["..", "-x", "a/b", "", "a b", "$(id)"])("when its owner is called %j", async (login) => {
    const repository = { id: 1, name: "hello", owner: { login }, default_branch: "main" };
    const result = await interpret("issue_comment", payloads.issueComment({}, { repository }));
    expect(result).toEqual({ kind: "ignored", reason: "schema" });
  });
});

describe("An installation", () => {
  const account = { id: 42, account: { login: "octocat" } };

  test.each([
    ["created", "created"],
    ["deleted", "deleted"],
    ["suspend", "suspended"],
    ["unsuspend", "unsuspended"],
  ])("that was %s is a change", async (action, kind) => {
    expect(await interpret("installation", { action, installation: account, sender: stranger })).toEqual({
      kind: "installation",
      tenant: { externalId: "42", account: "octocat" },
      change: { kind, removedRepositoryIds: [] },
    });
  });

  test.each([
    ["a date", "2026-05-01T12:00:00Z"],
    ["seconds", Date.UTC(2026, 4, 1, 12) / 1000],
  ])("has the time of its change from %s", async (_, updated_at) => {
    const result = await interpret("installation", { action: "suspend", installation: { ...account, updated_at } });
    expect(result).toMatchObject({ change: { kind: "suspended", occurredAt: new Date("2026-05-01T12:00:00Z") } });
  });

  test.each(["", "soon", -1, {}, null])("changed at %j has no time of its change", async (updated_at) => {
    const result = await interpret("installation", { action: "suspend", installation: { ...account, updated_at } });
    expect(result).toMatchObject({ change: { kind: "suspended", removedRepositoryIds: [] } });
    expect(result).not.toHaveProperty("change.occurredAt");
  });

  test("that lost repositories names them", async () => {
    const repositories_removed = [
      { id: 5, name: "a" },
      { id: 6, name: "b" },
    ];
    const payload = { action: "removed", installation: account, repositories_removed, repositories_added: [] };
    expect(await interpret("installation_repositories", payload)).toEqual({
      kind: "installation",
      tenant: { externalId: "42", account: "octocat" },
      change: { kind: "repositories_removed", removedRepositoryIds: ["5", "6"] },
    });
    expect(await interpret("installation_repositories", { ...payload, action: "added" })).toMatchObject({
      reason: "action_unsupported",
    });
  });

  test("with new permissions needs nothing", async () => {
    const payload = { action: "new_permissions_accepted", installation: account };
    expect(await interpret("installation", payload)).toEqual({ kind: "ignored", reason: "action_unsupported" });
  });
});

describe("A deleted comment", () => {
  test("that was edited may have been a request", async () => {
    const comment = { body: "never mind", updated_at: "2026-05-02T00:00:00Z" };
    const deleted = payloads.issueComment(comment, { action: "deleted" });
    expect(await interpret("issue_comment", deleted)).toMatchObject({ kind: "withdrawal" });
  });

  test.each(["issue_comment", "pull_request_review_comment"])(
    "that mentioned the bot withdraws its request (%s)",
    async (event) => {
      const payload = (action: string) =>
        event === "issue_comment" ? payloads.issueComment({}, { action }) : payloads.reviewComment({}, { action });
      const request = await interpret(event, payload("created"));
      const { dedupeKey } = request as { dedupeKey: string };
      expect(await interpret(event, payload("deleted"))).toMatchObject({ kind: "withdrawal", dedupeKey });
    },
  );
});

describe("An issue", () => {
  test.each(["deleted", "transferred"])("that was %s takes back what was requested in it", async (action) => {
    const request = await interpret("issue_comment", payloads.issueComment());
    const { conversation } = (request as Extract<typeof request, { kind: "task" }>).draft.origin;
    const sender = { id: 7, login: "cleaner[bot]", type: "Bot" };
    expect(await interpret("issues", payloads.issue(action, {}, { sender }))).toEqual({
      kind: "closure",
      tenant: { externalId: "42", account: "octocat" },
      conversation,
    });
  });
});
