import { describe, expect, test } from "vitest";
import { AgentBotError } from "../../src/errors/agentbot-error.js";
import { decodeForm } from "../../src/http/decode-body.js";
import { createMemoryStore } from "../../src/memory/create-memory-store.js";
import type { RawWebhook, WebhookSource } from "../../src/ports/webhook-source.js";
import { taskDraftFixture } from "../../src/testing/task-draft-fixture.js";
import { createRecordingLogger } from "../worker/fixtures/recording-logger.js";
import { acmeForm, createAcmeProvider } from "./fixtures/acme-provider.js";
import { delivery, readAnswer, startGateway } from "./fixtures/start-gateway.js";

const form = "application/x-www-form-urlencoded";
const takesForms = { ...acmeForm, contentTypes: ["application/json", form] };
const asForm = { headers: { "content-type": `${form}; charset=utf-8` } };

describe("a source that accepts form bodies", () => {
  test("gets the JSON in the field payload, and the task of it", async () => {
    const provider = createAcmeProvider(undefined, { form: takesForms });
    const { gateway, store } = startGateway({ providers: [provider] });
    const body = new URLSearchParams({ payload: '{"comment":"fix it & ship"}' }).toString();
    const { status, taskId = "" } = await readAnswer(await gateway.fetch(delivery(body, asForm)));
    expect(status).toBe("accepted");
    expect(await store.tasks.find(taskId)).toMatchObject({ instruction: "fix it & ship" });
    expect((await store.inbox.search({})).items).toMatchObject([{ contentType: form }]);
  });

  test("gets the fields by name where there is no payload", async () => {
    const provider = createAcmeProvider(undefined, { form: takesForms, decode: decodeForm });
    const { gateway, store } = startGateway({ providers: [provider] });
    const answer = await readAnswer(await gateway.fetch(delivery("comment=fix+it&minutesAgo=1", asForm)));
    expect(await store.tasks.find(answer["taskId"] ?? "")).toMatchObject({ instruction: "fix it" });
  });

  test("refuses a payload that is not JSON, and bytes that are not UTF-8", async () => {
    const { gateway } = startGateway({ providers: [createAcmeProvider(undefined, { form: takesForms })] });
    for (const bad of ["payload=%7B", Uint8Array.from([0x61, 0x3d, 0xff])]) {
      const response = await gateway.fetch(delivery(bad, asForm));
      expect([response.status, (await readAnswer(response))["code"]]).toEqual([400, "PAYLOAD_INVALID"]);
    }
  });

  test("refuses a form of more than a thousand fields, and takes the first payload of two", async () => {
    expect(decodeForm({ body: Buffer.from("a=1&".repeat(1000)) })).toMatchObject({ status: "invalid" });
    expect(decodeForm({ body: Buffer.from("&".repeat(999)) })).toEqual({ status: "decoded", payload: {} });
    const twice = new URLSearchParams('payload={"n":1}&payload={"n":2}').toString();
    expect(decodeForm({ body: Buffer.from(twice) })).toEqual({ status: "decoded", payload: { n: 1 } });
  });

  test("decodes by itself if it can", async () => {
    const provider = createAcmeProvider(undefined, {
      decode: ({ body }) => ({ status: "decoded", payload: { comment: Buffer.from(body).toString("base64") } }),
    });
    const { gateway, store } = startGateway({ providers: [provider] });
    const { taskId = "" } = await readAnswer(await gateway.fetch(delivery("any bytes")));
    expect(await store.tasks.find(taskId)).toMatchObject({ instruction: Buffer.from("any bytes").toString("base64") });
  });
});

test("a source verifies with the method and the whole URL of the request", async () => {
  const seen: Pick<RawWebhook, "method" | "url">[] = [];
  const provider = createAcmeProvider(undefined, {
    verify: async ({ method, url }) => {
      seen.push({ method, url });
      return null;
    },
  });
  const { gateway } = startGateway({ providers: [provider] });
  await gateway.fetch(delivery("{}", { path: "/webhooks/acme?jwt=a.b" }));
  expect(seen).toEqual([{ method: "POST", url: "http://localhost/webhooks/acme?jwt=a.b" }]);
});

test("a source cannot replace the body or the installation of the event it has verified", async () => {
  const stranger = { event: "comment", externalId: null, body: Buffer.from('{"comment":"other"}'), installation: {} };
  const provider = createAcmeProvider(undefined, { verify: async () => stranger });
  const { gateway, store } = startGateway({ providers: [provider] });
  const { taskId = "" } = await readAnswer(await gateway.fetch(delivery('{"comment":"fix it"}')));
  expect(await store.tasks.find(taskId)).toMatchObject({ instruction: "fix it" });
});

describe("a source with a defect", () => {
  const deliverTo = async (source: Partial<WebhookSource>) => {
    const logger = createRecordingLogger();
    const { gateway, store } = startGateway({ providers: [createAcmeProvider(undefined, source)], logger });
    const response = await gateway.fetch(delivery('{"comment":"fix it"}'));
    const answer = await readAnswer(response);
    const { items } = await store.inbox.search({});
    const logged = logger.lines.filter(({ level }) => level === "error").map(({ facts }) => Reflect.get(facts, "err"));
    return { status: response.status, answer, items, logged };
  };
  const defect = (message: RegExp) =>
    expect.objectContaining({ code: "PROVIDER_DEFECTIVE", message: expect.stringMatching(message) });

  test.each([
    ["throws", () => Promise.reject(new TypeError("no such key")), /verify of the provider acme threw/],
    [
      "throws at once",
      () => {
        throw new TypeError("no such key");
      },
      /verify of the provider acme threw/,
    ],
    ["returns undefined", async () => undefined, /verify of the provider acme returned what/],
    ["returns true", async () => true, /verify of the provider acme returned what/],
    ["names no event", async () => ({ externalId: null }), /verify of the provider acme returned what .*: event: /],
  ])("whose verify %s is answered 500, never 401, and the log names it", async (_, verify, message) => {
    const { status, answer, items, logged } = await deliverTo({ verify: verify as never });
    expect([status, answer["code"], items]).toEqual([500, "INTERNAL_ERROR", []]);
    expect(logged).toEqual([defect(message)]);
  });

  test("whose verify cannot reach the store is answered 503", async () => {
    const verify = () => Promise.reject(new AgentBotError("STORE_UNAVAILABLE", "the keys are in the store"));
    expect(await deliverTo({ verify })).toMatchObject({ status: 503 });
  });

  test.each([
    ["undefined", undefined, /interpret of the provider acme returned what/],
    ["another kind", { kind: "push" }, /interpret of the provider acme returned what .*: kind: /],
    [
      "a task without a draft",
      { kind: "task", tenant: { externalId: "1", account: "a" }, dedupeKey: "1" },
      /: draft: /,
    ],
    [
      "a draft without its time",
      {
        ...{ kind: "task", tenant: { externalId: "1", account: "a" }, dedupeKey: "1" },
        draft: { ...taskDraftFixture(), occurredAt: new Date("yesterday") },
      },
      /: draft\.occurredAt: /,
    ],
  ])(
    "whose interpret returns %s has its event kept for a replay, and the log names it",
    async (_, returned, message) => {
      const { status, answer, items, logged } = await deliverTo({ interpret: () => returned as never });
      expect([status, answer]).toEqual([200, { status: "ignored", reason: "interpretation_failed" }]);
      expect(items).toMatchObject([{ verdict: { status: "ignored", reason: "interpretation_failed" } }]);
      expect(logged).toEqual([defect(message)]);
    },
  );
});

describe("a command", () => {
  test("is recorded and queued, and answered with the newest task of its thread", async () => {
    const { gateway, store, queue } = startGateway();
    const { taskId } = await readAnswer(await gateway.fetch(delivery('{"comment":"fix it"}')));
    const response = await gateway.fetch(delivery('{"comment":"fix it","command":"stop"}'));
    expect([response.status, await response.json()]).toEqual([200, { status: "accepted", taskId }]);
    await gateway.close();
    const entry = (await store.outbox.waiting({})).items.find(({ kind }) => kind === "command");
    expect(entry).toMatchObject({ priority: 0 });
    expect(await store.commands.find(entry?.id ?? "")).toMatchObject({ name: "stop", finishedAt: null });
    expect(await queue.stats()).toMatchObject({ waiting: 2 });
  });

  test("in a thread without a task is answered with none", async () => {
    const { gateway } = startGateway();
    const response = await gateway.fetch(delivery('{"comment":"fix it","command":"status"}'));
    expect(await response.json()).toEqual({ status: "accepted", taskId: null });
  });

  test("that is older than seven days is ignored as stale", async () => {
    const { gateway, store } = startGateway();
    const body = JSON.stringify({ comment: "fix it", command: "stop", minutesAgo: 7 * 24 * 60 + 1 });
    expect(await (await gateway.fetch(delivery(body))).json()).toEqual({ status: "ignored", reason: "stale" });
    expect((await store.outbox.waiting({})).items).toEqual([]);
  });
});

describe("a source with a reply of its own", () => {
  test("answers 200 with it, whatever the verdict", async () => {
    const provider = createAcmeProvider(undefined, {
      reply: (verdict, { event }) => ({ contentType: "text/plain", body: `${event}: ${verdict.status}` }),
    });
    const { gateway } = startGateway({ providers: [provider] });
    for (const status of ["accepted", "duplicate"]) {
      const response = await gateway.fetch(delivery('{"comment":"fix it"}'));
      expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/plain"]);
      expect(await response.text()).toBe(`comment: ${status}`);
    }
  });

  test.each([
    [
      "throws",
      () => {
        throw new TypeError("no such view");
      },
    ],
    ["no header can carry", () => ({ contentType: "text/plain\r\nx-more: y", body: "hello" })],
  ])("that %s gets the verdict sent: the delivery is recorded", async (_, reply) => {
    const logger = createRecordingLogger();
    const provider = createAcmeProvider(undefined, { reply });
    const { gateway, store } = startGateway({ providers: [provider], logger });
    expect(await (await gateway.fetch(delivery('{"comment":"fix it"}'))).json()).toMatchObject({ status: "accepted" });
    expect((await store.inbox.search({})).items).toHaveLength(1);
    expect(logger.lines.some(({ message }) => message.startsWith("The provider's reply failed"))).toBe(true);
  });
});

test("a source that must be answered within its own time is answered 503 by then", async () => {
  const store = createMemoryStore();
  const record = () => new Promise<never>(() => {});
  const provider = createAcmeProvider(undefined, { form: { ...acmeForm, answerWithinMs: 20 } });
  const { gateway } = startGateway({
    providers: [provider],
    store: { ...store, inbox: { ...store.inbox, record } },
    storeTimeoutMs: 3_600_000,
  });
  expect((await gateway.fetch(delivery('{"comment":"fix it"}'))).status).toBe(503);
});
