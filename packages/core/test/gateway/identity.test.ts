import { describe, expect, test } from "vitest";
import { createMemoryQueue } from "../../src/memory/create-memory-queue.js";
import { createMemoryStore } from "../../src/memory/create-memory-store.js";
import { createManualClock } from "../../src/testing/create-manual-clock.js";
import { createRecordingLogger } from "../worker/fixtures/recording-logger.js";
import { delivery, readAnswer, startGateway } from "./fixtures/start-gateway.js";

const dayMs = 86_400_000;
const id = { "x-acme-delivery": "0199c0de-0000-7000-8000-000000000001" };

/** A gateway whose clock a test advances, the senders' clocks with it. */
function startInTime() {
  const clock = createManualClock(new Date());
  const logger = createRecordingLogger();
  const store = createMemoryStore({ clock });
  const { gateway } = startGateway({ clock, store, queue: createMemoryQueue({ clock }), logger });
  const send = async (body: string, headers: Record<string, string> = {}, secret?: string) =>
    await gateway.fetch(delivery(body, { headers, ...(secret === undefined ? {} : { secret }) }));
  const reused = () => logger.lines.filter(({ message }) => message.startsWith("Delivery id reused"));
  return { clock, store, send, reused };
}

describe("a delivery", () => {
  test("replayed for 400 days is a duplicate, its body long gone, however old its own time is by then", async () => {
    const { clock, store, send } = startInTime();
    const body = '{"comment":"fix it"}';
    const { taskId } = await readAnswer(await send(body));
    for (const days of [3, 8, 100, 399]) {
      clock.set(new Date(Date.now() + days * dayMs));
      await store.inbox.prune({ bodiesOlderThanMs: 14 * dayMs, deliveriesOlderThanMs: 400 * dayMs, limit: 500 });
      expect(await readAnswer(await send(body)), `after ${days} days`).toEqual({ status: "duplicate", taskId });
    }
    const [kept] = (await store.inbox.search({})).items;
    expect(kept).toMatchObject({ seenCount: 5, verdict: { status: "accepted", taskId } });
    expect((await store.inbox.find(kept?.id ?? ""))?.body).toBeNull();
  });

  test("whose hash is forgotten too is stale: a captured one never starts work again", async () => {
    const { clock, store, send } = startInTime();
    const sentAgo = (minutesAgo: number): string => JSON.stringify({ comment: "fix it", minutesAgo });
    await send(sentAgo(0));
    clock.set(new Date(Date.now() + 401 * dayMs));
    await store.inbox.prune({ bodiesOlderThanMs: 14 * dayMs, deliveriesOlderThanMs: 400 * dayMs, limit: 500 });
    expect((await store.inbox.search({})).items).toEqual([]);
    expect(await readAnswer(await send(sentAgo(0)))).toEqual({ status: "ignored", reason: "stale" });
    expect((await store.tasks.search({})).items).toHaveLength(1);
  });

  test("with the id of another one is handled by its body, and the log has one line about it", async () => {
    const { store, send, reused } = startInTime();
    const first = await readAnswer(await send('{"comment":"fix this"}', id));
    expect(await readAnswer(await send('{"comment":"fix this"}', id))).toMatchObject({ status: "duplicate" });
    expect(reused()).toEqual([]);
    const second = await readAnswer(await send('{"comment":"fix that"}', id));
    expect([first["status"], second["status"]]).toEqual(["accepted", "accepted"]);
    expect(second["taskId"]).not.toBe(first["taskId"]);
    expect(reused()).toMatchObject([{ level: "warn", facts: { externalDeliveryId: id["x-acme-delivery"] } }]);
    const found = await store.inbox.search({ externalId: id["x-acme-delivery"] });
    expect(found.items.map(({ verdict }) => verdict.status)).toEqual(["accepted", "accepted"]);
  });

  test("is not spoilt by forged ones that used its id and its body before it", async () => {
    const { store, send, reused } = startInTime();
    const body = '{"comment":"fix it"}';
    for (const forged of [body, '{"comment":"fix that"}']) {
      expect((await send(forged, id, "another secret")).status).toBe(401);
    }
    expect((await store.inbox.search({})).items).toEqual([]);
    expect(await readAnswer(await send(body, id))).toMatchObject({ status: "accepted" });
    expect(reused()).toEqual([]);
  });
});
