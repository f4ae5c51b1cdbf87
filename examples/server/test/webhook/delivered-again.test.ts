import { webhookRequest } from "@agentbot/provider-github/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { commentPayload, labelPayload } from "../fixtures/github-payloads.js";
import { startTestServer, type TestServer } from "../fixtures/test-server.js";

let server: TestServer;
beforeEach(async () => {
  server = await startTestServer();
});
afterEach(() => server.stop());

const verdictOf = async (event: string, payload: object): Promise<Readonly<Record<string, string>>> =>
  (await server.deliver(event, payload)).body;
const tasks = async () => (await server.store.tasks.search({})).items;

describe("a delivery that comes again", () => {
  test("20 times at once is one task, and every response has its id", async () => {
    const webhook = webhookRequest({
      event: "issue_comment",
      payload: commentPayload("@agentbot fix it"),
      secret: server.webhookSecret,
    });
    const send = async () => (await fetch(`${server.url}/webhooks/github`, webhook)).json();
    const verdicts = (await Promise.all(Array.from({ length: 20 }, send))) as Record<string, string>[];
    expect(verdicts.map(({ status }) => status).sort()).toEqual(["accepted", ...Array(19).fill("duplicate")]);
    const [task] = await tasks();
    expect(new Set(verdicts.map(({ taskId }) => taskId))).toEqual(new Set([task?.id]));
    expect(await tasks()).toHaveLength(1);
    expect((await server.queue.stats()).waiting).toBe(1);
  });

  test("with the same body under a new id is a duplicate, with another body under the same id is not", async () => {
    const id = { "x-github-delivery": "0199c0de-0000-7000-8000-000000000001" };
    const payload = commentPayload("@agentbot fix it");
    const first = await server.deliver("issue_comment", payload, id);
    const again = await verdictOf("issue_comment", payload);
    expect(again).toEqual({ status: "duplicate", taskId: first.body["taskId"] });
    const other = await server.deliver("issue_comment", commentPayload("@agentbot fix that"), id);
    expect(other.body).toMatchObject({ status: "accepted" });
    expect(other.body["taskId"]).not.toBe(first.body["taskId"]);
  });

  test("for the same comment in other bytes is a duplicate, and is found by its own id", async () => {
    const payload = commentPayload("@agentbot fix it");
    const { taskId } = await verdictOf("issue_comment", payload);
    const id = "0199c0de-0000-7000-8000-000000000002";
    const again = await server.deliver("issue_comment", { ...payload, later: true }, { "x-github-delivery": id });
    expect(again.body).toEqual({ status: "duplicate", taskId });
    const { items } = await server.store.inbox.search({ externalId: id });
    expect(items).toMatchObject([{ verdict: { status: "duplicate", taskId }, seenCount: 1 }]);
  });

  test("without an id is known by its body, and one with a hostile id is refused", async () => {
    const payload = commentPayload("@agentbot fix it");
    for (const id of ["'; DROP TABLE deliveries; --", "x".repeat(10_000), "\u00e9"]) {
      const { status, body } = await server.deliver("issue_comment", payload, { "x-github-delivery": id });
      expect([status, body["code"]]).toEqual([400, "DELIVERY_MALFORMED"]);
    }
    const first = await server.deliver("issue_comment", payload, { "x-github-delivery": "" });
    expect([first.status, first.body["status"]]).toEqual([200, "accepted"]);
    expect(await verdictOf("issue_comment", payload)).toMatchObject({ status: "duplicate" });
    expect((await server.stored()).map(({ externalId }) => externalId)).toEqual([null]);
  });
});

describe("a request that asks for no more work", () => {
  test("is a label while the thread is busy", async () => {
    const { taskId } = await verdictOf("issue_comment", commentPayload("@agentbot fix it"));
    expect(await verdictOf("issues", labelPayload("agentbot"))).toEqual({ status: "duplicate", taskId });
    expect(await verdictOf("issues", labelPayload("bug"))).toEqual({ status: "ignored", reason: "label_not_ours" });
    expect(await tasks()).toHaveLength(1);
  });

  test("is an edited comment", async () => {
    const payload = commentPayload("@agentbot fix it", {}, { action: "edited", changes: { body: { from: "fix" } } });
    expect(await verdictOf("issue_comment", payload)).toEqual({ status: "ignored", reason: "action_unsupported" });
  });

  test("is a deleted comment, and what it asked for is cancelled", async () => {
    const comment = { id: 4711 };
    const asked = await server.deliver("issue_comment", commentPayload("@agentbot fix it", comment));
    const deleted = commentPayload("@agentbot fix it", comment, { action: "deleted" });
    expect(await verdictOf("issue_comment", deleted)).toEqual({ status: "ignored", reason: "withdrawn" });
    const { taskId } = asked.body;
    expect(await server.store.tasks.find(String(taskId))).toMatchObject({ status: "cancelled", reason: "withdrawn" });
  });

  test("is the bot's own comment, however it is known, and another bot's", async () => {
    const self = { id: 9, login: "agentbot[bot]", type: "Bot" };
    const other = { id: 8, login: "dependabot[bot]", type: "Bot" };
    const by = (user: object, comment: object = {}) =>
      commentPayload("@agentbot fix it", { user, ...comment }, { sender: user });
    expect(await verdictOf("issue_comment", by(self))).toEqual({ status: "ignored", reason: "own_message" });
    expect(await verdictOf("issue_comment", by(other))).toEqual({ status: "ignored", reason: "actor_is_bot" });
    const marked = commentPayload("@agentbot fix it\n<!-- agentbot:task=0199c0de-0000-7000-8000-000000000000 -->");
    expect(await verdictOf("issue_comment", marked)).toEqual({ status: "ignored", reason: "own_message" });
    const throughApp = commentPayload("@agentbot fix it", { performed_via_github_app: { id: 12_345 } });
    expect(await verdictOf("issue_comment", throughApp)).toEqual({ status: "ignored", reason: "own_message" });
  });

  test("is a comment that mentions the bot only in hidden text", async () => {
    for (const text of [
      "> @agentbot fix it",
      "```\n@agentbot fix it\n```",
      "<!--\n@agentbot fix it\n-->",
      "ask @agentbot",
      "@agentbоt fix it",
    ]) {
      expect(await verdictOf("issue_comment", commentPayload(text))).toEqual({
        status: "ignored",
        reason: "no_mention",
      });
    }
  });

  test("is an event older than a week", async () => {
    const old = { created_at: "2020-01-01T00:00:00Z", updated_at: "2020-01-01T00:00:00Z" };
    expect(await verdictOf("issue_comment", commentPayload("@agentbot fix it", old))).toEqual({
      status: "ignored",
      reason: "stale",
    });
  });
});
