import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../src/task/json.js";
import { createAcmeProvider, sign } from "../gateway/fixtures/acme-provider.js";
import { startApi } from "./fixtures/start-api.js";

const listOf = ({ json }: { readonly json: JsonObject }) => json["deliveries"] as readonly JsonObject[];

describe("GET /api/deliveries", () => {
  test("lists every delivery with its verdict and why, newest first, and no body", async () => {
    const api = await startApi();
    const accepted = await api.deliver({ comment: "fix it" }, { "x-acme-delivery": "delivery-1" });
    await api.deliver({ comment: "fix it" });
    await api.deliver({ comment: "too old", minutesAgo: 8 * 24 * 60 });
    const [second, first, ...rest] = listOf(await api.get("/api/deliveries"));
    expect(rest).toEqual([]);
    expect(first).toMatchObject({
      ...{ provider: "acme", endpoint: "/webhooks/acme", externalId: "delivery-1", event: "comment" },
      ...{ status: "accepted", taskId: accepted.json["taskId"], reason: null, seenCount: 2, replay: null },
    });
    expect(second).toMatchObject({ status: "ignored", reason: "stale", taskId: null });
    for (const one of [first, second]) {
      expect(Object.keys(one ?? {})).not.toContain("body");
      expect(Object.keys(one ?? {})).not.toContain("headers");
    }
  });

  test("filters by provider, status and the provider's id, and pages", async () => {
    const api = await startApi();
    for (const id of ["a", "b", "c"]) await api.deliver({ comment: id }, { "x-acme-delivery": id });
    await api.deliver({ comment: "too old", minutesAgo: 8 * 24 * 60 });
    const events = async (query: string) =>
      listOf(await api.get(`/api/deliveries?${query}`)).map((one) => one["externalId"]);
    expect(await events("status=accepted")).toEqual(["c", "b", "a"]);
    expect(await events("status=ignored")).toEqual([null]);
    expect(await events("externalId=b&provider=acme")).toEqual(["b"]);
    expect(await events("provider=other")).toEqual([]);
    const page = await api.get("/api/deliveries?limit=3");
    expect(await events(`limit=3&cursor=${String(page.json["nextCursor"])}`)).toEqual(["a"]);
    const wrong = await api.get("/api/deliveries?status=lost&task=1");
    expect([wrong.status, wrong.json["code"]]).toEqual([400, "PARAMETER_INVALID"]);
  });
});

describe("GET /api/deliveries/{id}", () => {
  test("shows headers and body, with credentials taken out of both", async () => {
    const api = await startApi({ api: { secrets: ["exact-secret-of-this-server"] } });
    const leaked = "ghp_0123456789abcdefghijABCDEFGHIJ012345";
    await api.deliver({ comment: `see ${leaked} and exact-secret-of-this-server` }, { "user-agent": `t=${leaked}` });
    const [{ id } = { id: null }] = listOf(await api.get("/api/deliveries"));
    const { json, text } = await api.get(`/api/deliveries/${String(id)}`);
    expect(json["body"]).toContain('"comment":"see [redacted] and [redacted]"');
    expect(json["headers"]).toMatchObject({ "content-type": "application/json", "user-agent": "t=[redacted]" });
    expect(Object.keys(json["headers"] as JsonObject)).not.toContain("x-acme-signature");
    expect(json["isBodyTruncated"]).toBe(false);
    expect(text).not.toMatch(/ghp_|exact-secret/);
    expect((await api.get("/api/deliveries/nobody")).json["code"]).toBe("DELIVERY_UNKNOWN");
  });

  test("cuts a large body and marks it as truncated", async () => {
    const api = await startApi();
    await api.deliver({ comment: "x".repeat(300 * 1024) });
    const [{ id } = { id: null }] = listOf(await api.get("/api/deliveries"));
    const { json } = await api.get(`/api/deliveries/${String(id)}`);
    expect(json["isBodyTruncated"]).toBe(true);
    expect(String(json["body"])).toHaveLength(256 * 1024);
    expect(json["bodyBytes"]).toBeGreaterThan(300 * 1024);
  });
});

describe("POST /api/deliveries/{id}/replay", () => {
  const replayOf = async (api: Awaited<ReturnType<typeof startApi>>, body?: JsonObject, headers = {}, index = 0) => {
    const id = String(listOf(await api.get("/api/deliveries")).toReversed()[index]?.["id"]);
    return { id, ...(await api.post(`/api/deliveries/${id}/replay`, body, headers)) };
  };

  test("makes a new task of a stored delivery; the same key again is a duplicate of it", async () => {
    const api = await startApi();
    const occurredAt = new Date(Date.now() - 60_000);
    const first = await api.deliver({ comment: "fix it", at: occurredAt.toISOString() });
    const replayed = await replayOf(api, { key: "after-the-mend" });
    expect(replayed.status).toBe(200);
    expect(replayed.json).toMatchObject({ status: "accepted", key: "after-the-mend" });
    expect(replayed.json["taskId"]).not.toBe(first.json["taskId"]);
    const again = await replayOf(api, { key: "after-the-mend" });
    expect(again.json).toEqual({ ...replayed.json, status: "duplicate" });
    const byHeader = await replayOf(api, undefined, { "idempotency-key": "after-the-mend" });
    expect(byHeader.json).toEqual(again.json);
    const [task, original] = await Promise.all(
      [replayed.json["taskId"], first.json["taskId"]].map((taskId) => api.store.tasks.find(String(taskId))),
    );
    expect(task).toMatchObject({ status: "queued", instruction: "fix it", threadId: original?.threadId, occurredAt });
    expect((await api.queue.stats()).waiting).toBe(2);
  });

  test("without a key is a new replay each time, and the list names the delivery that it repeats", async () => {
    const api = await startApi();
    await api.deliver({ comment: "fix it" });
    const [one, two] = [await replayOf(api), await replayOf(api)];
    expect(one.json["taskId"]).not.toBe(two.json["taskId"]);
    const [newest, , first] = listOf(await api.get("/api/deliveries"));
    expect(newest).toMatchObject({
      ...{ id: two.json["deliveryId"], endpoint: "/webhooks/acme", status: "accepted", taskId: two.json["taskId"] },
      replay: { of: first?.["id"], key: two.json["key"] },
    });
  });

  test("of a replay is a replay of what the provider sent", async () => {
    const api = await startApi();
    await api.deliver({ comment: "fix it" });
    const one = await replayOf(api, { key: "k1" });
    const two = await api.post(`/api/deliveries/${String(one.json["deliveryId"])}/replay`, { key: "k1" });
    expect(two.json).toEqual({ ...one.json, status: "duplicate" });
    const three = await api.post(`/api/deliveries/${String(one.json["deliveryId"])}/replay`, { key: "k2" });
    expect(three.json["status"]).toBe("accepted");
    expect(listOf(await api.get("/api/deliveries"))[0]).toMatchObject({ replay: { of: one.id, key: "k2" } });
  });

  test("does what an outage had let go stale, and what could not be understood before", async () => {
    let isMended = false;
    const acme = createAcmeProvider();
    const interpret: typeof acme.source.interpret = (event, payload) => {
      if (!isMended) throw new TypeError("an unexpected shape");
      return acme.source.interpret(event, payload);
    };
    const api = await startApi({ providers: [{ ...acme, source: { ...acme.source, interpret } }] });
    const first = await api.deliver({ comment: "fix it", minutesAgo: 9 * 24 * 60 });
    expect(first.json).toEqual({ status: "ignored", reason: "interpretation_failed" });
    expect((await replayOf(api)).json).toMatchObject({ status: "ignored", reason: "interpretation_failed" });
    isMended = true;
    expect((await replayOf(api)).json).toMatchObject({ status: "accepted" });
  });

  test("waits behind the thread's tasks where the delivery itself would have fallen together with one", async () => {
    const acme = createAcmeProvider();
    const interpret: typeof acme.source.interpret = (event, payload) => {
      const meant = acme.source.interpret(event, payload);
      return meant.kind === "task" ? { ...meant, draft: { ...meant.draft, whenThreadBusy: "collapse" } } : meant;
    };
    const api = await startApi({ providers: [{ ...acme, source: { ...acme.source, interpret } }] });
    const first = await api.deliver({ comment: "fix it" });
    const replayed = await replayOf(api);
    expect(replayed.json["status"]).toBe("accepted");
    const begun = await api.store.tasks.begin(String(replayed.json["taskId"]), { leaseMs: 1000, agent: "scripted" });
    expect(begun).toEqual({ status: "blocked", byTaskId: first.json["taskId"] });
  });

  test("is gone once the body was forgotten", async () => {
    const api = await startApi();
    await api.deliver({ comment: "fix it" });
    await new Promise((resolve) => setTimeout(resolve, 20));
    await api.store.inbox.prune({ bodiesOlderThanMs: 1, deliveriesOlderThanMs: 3_600_000, limit: 500 });
    const answer = await replayOf(api);
    expect([answer.status, answer.json["code"]]).toEqual([410, "DELIVERY_BODY_GONE"]);
    expect((await api.get(`/api/deliveries/${answer.id}`)).json).toMatchObject({ body: null, bodyBytes: null });
  });

  test("is refused for news of an installation, a provider that is not here, an unknown id", async () => {
    const change = { kind: "deleted", removedRepositoryIds: [] } as const;
    const tenant = { externalId: "1", account: "octocat" };
    const provider = createAcmeProvider(() => ({ kind: "installation", tenant, change }));
    const api = await startApi({ providers: [provider] });
    await api.deliver({ action: "deleted" });
    const news = await replayOf(api);
    expect([news.status, news.json["code"]]).toEqual([409, "DELIVERY_NOT_REPLAYABLE"]);
    const elsewhere = await startApi({ store: api.store, providers: [] });
    const missing = await replayOf(elsewhere);
    expect([missing.status, missing.json["code"]]).toEqual([409, "PROVIDER_UNKNOWN"]);
    expect((await api.post("/api/deliveries/nobody/replay")).json["code"]).toBe("DELIVERY_UNKNOWN");
  });

  test.each([
    [{ key: "two words" }, {}],
    [{ key: "" }, {}],
    [{ key: "x".repeat(129) }, {}],
    [{ keys: "k" }, {}],
    [{ key: "one" }, { "idempotency-key": "other" }],
    [undefined, { "idempotency-key": "a b" }],
  ])("with the key %j %j is refused, and nothing is recorded", async (body, headers) => {
    const api = await startApi();
    await api.deliver({ comment: "fix it" });
    const answer = await replayOf(api, body, headers);
    expect(answer.status).toBe(400);
    expect(listOf(await api.get("/api/deliveries"))).toHaveLength(1);
  });

  test("keeps the installation that the path had named", async () => {
    const acme = createAcmeProvider();
    const seen: unknown[] = [];
    const interpret: typeof acme.source.interpret = (event, payload) => {
      seen.push(event.installation?.id ?? null);
      return acme.source.interpret(event, payload);
    };
    const api = await startApi({ providers: [{ ...acme, source: { ...acme.source, interpret } }] });
    const { id } = await api.store.installations.ensure(
      "acme",
      { externalId: "1", account: "octocat" },
      "its own secret",
    );
    const text = JSON.stringify({ comment: "fix it" });
    const headers = { "content-type": "application/json", "x-acme-signature": sign(text, "its own secret") };
    expect((await api.call("POST", `/webhooks/acme/${id}`, { body: text, headers })).status).toBe(200);
    const replayed = await replayOf(api);
    expect(replayed.json["status"]).toBe("accepted");
    expect(seen).toEqual([id, id]);
    expect(listOf(await api.get("/api/deliveries"))[0]).toMatchObject({ endpoint: `/webhooks/acme/${id}` });
  });
});
