import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { commentPayload, recordedPayloads } from "../fixtures/github-payloads.js";
import { startTestServer, type TestServer } from "../fixtures/test-server.js";

describe("a signed body that is not a payload", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.stop());

  const deep = (depth: number): string => `{"a":${"[".repeat(depth)}${"]".repeat(depth)}}`;
  const utf16 = Buffer.from(JSON.stringify(commentPayload("@agentbot x")), "utf16le");
  test.each<[string, string | Uint8Array, string]>([
    ["nothing", "", "empty"],
    ["cut off", '{"action":"created"', "not valid JSON"],
    ["with a trailing comma", '{"action":"created",}', "not valid JSON"],
    ["with a comment", '{"action":"created"} // yes', "not valid JSON"],
    ["with NaN", '{"action":NaN}', "not valid JSON"],
    ["with a byte order mark", "\ufeff{}", "not valid JSON"],
    ["in UTF-16", utf16, "not valid"],
    ["with a byte that is no UTF-8", Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), "not valid UTF-8"],
    ["with a surrogate in UTF-8", Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]), "not valid UTF-8"],
    ["101 levels deep", deep(100), "deeper than 100"],
    ["200,000 levels deep", deep(200_000), "deeper than 100"],
  ])("%s gets 400 with why", async (_what, body, why) => {
    const answer = await server.deliver("issue_comment", body);
    expect(answer.status).toBe(400);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(answer.body).toMatchObject({ code: "PAYLOAD_INVALID", detail: expect.stringContaining(why) });
    expect(await server.stored()).toEqual([]);
  });

  test("100 levels deep is read", async () => {
    expect((await server.deliver("issue_comment", deep(99))).status).toBe(200);
  });
});

describe("a signed payload", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.stop());
  const verdictOf = async (event: string, payload: object | string): Promise<unknown> => {
    const { status, body } = await server.deliver(event, payload);
    return status === 200 ? body : status;
  };

  test("of GitHub's own 329 is accepted, or ignored with its reason", async () => {
    const reasons = new Map<string, number>();
    for (const { name, examples } of recordedPayloads) {
      for (const payload of examples) {
        const { status, body } = await server.deliver(name, payload);
        expect([name, status]).toEqual([name, 200]);
        expect(["accepted", "duplicate", "ignored"]).toContain(body["status"]);
        if (body["status"] === "ignored") expect(body["reason"]).toMatch(/^[a-z_]+$/);
        const said = body["reason"] ?? body["status"] ?? "";
        reasons.set(said, (reasons.get(said) ?? 0) + 1);
      }
    }
    expect([...reasons.values()].reduce((sum, count) => sum + count, 0)).toBe(329);
    expect(reasons.get("interpretation_failed")).toBeUndefined();
  });

  test("that pings is ignored as a ping", async () => {
    const ping = { zen: "Keep it logically awesome.", hook_id: 1, hook: { type: "App", id: 1 } };
    expect(await verdictOf("ping", ping)).toEqual({ status: "ignored", reason: "ping" });
  });

  test("under another event's name is ignored, and under none that is one refused", async () => {
    const payload = () => commentPayload("@agentbot fix it");
    expect(await verdictOf("issues", payload())).toEqual({ status: "ignored", reason: "event_mismatch" });
    for (const event of ["__proto__", "x".repeat(64)]) {
      expect(await verdictOf(event, payload())).toEqual({ status: "ignored", reason: "event_unsupported" });
    }
    for (const event of ["toString", "../x", "x".repeat(10_000)]) {
      const { status, body } = await server.deliver(event, payload());
      expect([status, body["code"]]).toEqual([400, "DELIVERY_MALFORMED"]);
    }
  });

  test("under a name that we do not know is counted as other, whatever the name is", async () => {
    const names = Array.from({ length: 300 }, (_, index) => `made_up_${index}`);
    for (const name of names) await server.deliver(name, { name });
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).toMatch(
      /agentbot_webhook_deliveries_total\{provider="github",event="other",outcome="ignored"\} \d+/,
    );
    expect(metrics).not.toContain("made_up");
  });

  test("that was captured and sent under another name first does not keep the real delivery out", async () => {
    const payload = commentPayload("@agentbot fix it");
    for (const event of ["push", "issues"])
      expect(await verdictOf(event, payload)).toMatchObject({ status: "ignored" });
    const { body: real } = await server.deliver("issue_comment", payload);
    expect(real).toMatchObject({ status: "accepted" });
    expect(await verdictOf("issue_comment", payload)).toEqual({ status: "duplicate", taskId: real["taskId"] });
    // However many names a body is sent under, those that are not known are one.
    const before = (await server.stored()).length;
    for (const event of ["made_up", "push", "other_again"])
      expect(await verdictOf(event, payload)).toEqual({ status: "ignored", reason: "event_unsupported" });
    expect(await server.stored()).toHaveLength(before);
  });

  test("with keys of the prototype pollutes nothing", async () => {
    const text = JSON.stringify(commentPayload("@agentbot look")).replace(
      "{",
      '{"__proto__":{"isAdmin":true},"constructor":{"prototype":{"isAdmin":true}},',
    );
    expect(await verdictOf("issue_comment", text)).toMatchObject({ status: "accepted" });
    expect(Reflect.get({}, "isAdmin")).toBeUndefined();
  });

  test("with numbers that JavaScript cannot hold, or ids of another kind, is ignored for its schema", async () => {
    const payload = JSON.stringify(commentPayload("@agentbot fix it"));
    for (const id of ["1e400", "9007199254740993", '"1"', "1.5", "-1", "[1]", "null"]) {
      const text = payload.replace('"installation":{"id":1}', `"installation":{"id":${id}}`);
      expect(await verdictOf("issue_comment", text)).toEqual({ status: "ignored", reason: "schema" });
    }
  });

  test("that lacks what every event has is ignored", async () => {
    for (const missing of ["action", "repository", "installation"]) {
      const verdict = await verdictOf(
        "issue_comment",
        commentPayload("@agentbot fix it", {}, { [missing]: undefined }),
      );
      expect(verdict).toMatchObject({ status: "ignored" });
    }
    expect(await verdictOf("issue_comment", commentPayload("", { user: null, body: null }))).toMatchObject({
      status: "ignored",
    });
    expect(await verdictOf("issue_comment", "[]")).toMatchObject({ status: "ignored" });
    expect(await verdictOf("issue_comment", "null")).toMatchObject({ status: "ignored" });
  });
});
