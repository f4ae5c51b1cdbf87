import {
  acceptedTask,
  deliveryFixture,
  freshId,
  recordTask,
  rejectsWithCode,
  taskDraftFixture,
  tenantFixture,
} from "@agentbot/core/testing";
import { describe, expect, test } from "vitest";
import { openStore } from "../fixtures/open-store.js";

const { store } = await openStore();

/** A text that PostgreSQL refuses, and the text that must be stored. */
const hostile = 'a\u0000b\ud800c\udc00d "\\u0000" \\ \u{1f980}';
const stored = 'ab\ufffdc\ufffdd "\\u0000" \\ \u{1f980}';

async function recordHostile() {
  const name = freshId("name");
  const tenant = tenantFixture({ account: hostile });
  const { origin } = taskDraftFixture({}, tenant);
  const draft = taskDraftFixture({
    title: hostile,
    instruction: hostile,
    threadAliases: [`${name}${hostile}`],
    context: [{ source: hostile, authorId: hostile, permission: hostile, text: hostile }],
    actor: { provider: hostile, id: hostile, login: hostile },
    origin: { ...origin, conversation: hostile, message: hostile, url: hostile },
  });
  const delivery = deliveryFixture({
    dedupeKey: `${name}${hostile}`,
    externalId: hostile,
    headers: { [hostile]: hostile },
  });
  const recorded = await store.inbox.record(delivery, { kind: "task", tenant, draft });
  return { recorded: acceptedTask(recorded), delivery, tenant, draft, name };
}

describe("text with NUL and half surrogate pairs", () => {
  test("is stored without them in every part of a delivery and its task, and still found", async () => {
    const { recorded, delivery, tenant, draft, name } = await recordHostile();
    const task = await store.tasks.find(recorded.taskId);
    expect(task).toMatchObject({
      title: stored,
      instruction: stored,
      context: [{ source: stored, authorId: stored, text: stored }],
      actor: { id: stored, login: stored },
      origin: { conversation: stored, message: stored, url: stored },
    });
    expect(await store.inbox.find(recorded.deliveryId)).toMatchObject({
      dedupeKey: `${name}${stored}`,
      externalId: stored,
      headers: { [stored]: stored },
      body: new Uint8Array(delivery.body),
    });
    const again = await store.inbox.record(deliveryFixture({ dedupeKey: delivery.dedupeKey }), {
      kind: "task",
      tenant,
      draft,
    });
    expect(again).toMatchObject({ status: "duplicate", taskId: recorded.taskId });
    const thread = await store.threads.find({ ...draft.origin, alias: `${name}${hostile}` });
    expect(thread).toMatchObject({ id: task?.threadId, aliases: [{ alias: `${name}${stored}` }] });
    expect((await store.tasks.search({ actor: hostile, text: hostile })).items).toHaveLength(1);
  });

  test("is stored without them in what a run leaves behind", async () => {
    const { recorded } = await recordHostile();
    const begun = await store.tasks.begin(recorded.taskId, { leaseMs: 60_000, agent: hostile });
    if (begun.status !== "begun") throw new Error("expected to begin");
    const { lease } = begun;
    const at = new Date(1_800_000_000_000);
    await store.transcript.append(lease, [{ type: "agent:message", at, data: { [hostile]: [hostile] } }]);
    expect(await store.transcript.read(lease.taskId, { afterSeq: 0, limit: 5 })).toEqual([
      { seq: 1, type: "agent:message", at, data: { [stored]: [stored] } },
    ]);
    await store.effects.intend(lease, { key: hostile, kind: hostile });
    await store.effects.complete(lease, hostile, { id: hostile });
    expect(await store.effects.list(lease.taskId)).toMatchObject([
      { key: stored, kind: stored, result: { id: stored } },
    ]);
    await store.tasks.settle(lease, {
      status: "succeeded",
      result: { summary: hostile, branch: null, commit: null, pullRequest: null, leftOut: null },
    });
    expect((await store.tasks.find(lease.taskId))?.result?.summary).toBe(stored);
  });
});

describe("a page", () => {
  test("is refused for a cursor of another list, and for a limit that is not a number of items", async () => {
    await recordHostile();
    await recordHostile();
    const { next } = await store.tasks.search({ limit: 1 });
    if (next === null) throw new Error("expected another page");
    const foreign = [
      "",
      "!",
      "x".repeat(10_000),
      `${next} `,
      `${next}=`,
      next.slice(1),
      Buffer.from("tasks:1.5").toString("base64url"),
    ];
    for (const cursor of foreign) {
      await rejectsWithCode(store.tasks.search({ cursor }), "CONFIGURATION_INVALID");
    }
    await rejectsWithCode(store.inbox.search({ cursor: next }), "CONFIGURATION_INVALID");
    await rejectsWithCode(store.outbox.waiting({ cursor: next }), "CONFIGURATION_INVALID");
    for (const limit of [0, -1, 1.5, Number.NaN]) {
      await rejectsWithCode(store.tasks.search({ limit }), "REQUEST_INVALID");
    }
  });
});

describe("text too long to search all of", () => {
  test("is stored whole, and found by its first words", async () => {
    const word = freshId("word").replace("-", "");
    const long = `${word} ${"x".repeat(3000)} ${"many different words ".repeat(100)}`;
    const endless = Array.from({ length: 200_000 }, (_, place) => `w${place}`).join(" ");
    const instruction = `${long}${endless}`;
    const { taskId } = await recordTask(store, { title: "", instruction });
    const { items } = await store.tasks.search({ text: `different ${word}` });
    expect(items.map(({ id }) => id)).toEqual([taskId]);
    expect((await store.tasks.find(taskId))?.instruction).toBe(instruction);
  });
});

describe("words of any script", () => {
  test("are found, whatever punctuation is around them", async () => {
    const word = freshId("word").replace("-", "");
    const title = `“${word}”…été—Straße`;
    const instruction = `「日本語」、を直す。\u00a0${word}\tНАЙТИ\u0001это\r\n(C++)`;
    const { taskId } = await recordTask(store, { title, instruction });
    for (const text of [word, "été", "straß", "日本", "を直す", "это", "c++", "—été", "「日本語」"]) {
      expect((await store.tasks.search({ text: `${word} ${text}` })).items.map(({ id }) => id)).toEqual([taskId]);
    }
  });
});
