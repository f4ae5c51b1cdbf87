import { AgentBotError } from "@agentbot/core";
import { eventually, queueEntryFixture } from "@agentbot/core/testing";
import { type PrivateRedis, startPrivateRedis } from "@agentbot/test-services";
import { afterEach, beforeEach, expect, test } from "vitest";
import { entriesInTime, startQueue, type TestQueue } from "./support/start-queue.js";

let redis: PrivateRedis;
let started: TestQueue;
beforeEach(async () => {
  redis = await startPrivateRedis();
  started = startQueue(redis.url, { timeoutMs: 20_000 });
});
afterEach(async () => {
  await started.close();
  await redis.close();
});

const signal = new AbortController().signal;
const rejection = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => null,
    (error: unknown) => error,
  );
const isUnavailable = (error: unknown): boolean => AgentBotError.hasCode(error, "QUEUE_UNAVAILABLE");
const whenBack = (): Promise<unknown> =>
  eventually("Redis to be back", async () => (await started.queue.stats().catch(() => null)) && true);

test("while Redis is gone every call fails with QUEUE_UNAVAILABLE, waiting claims included; then every call works again", async () => {
  await started.queue.enqueue([queueEntryFixture()]);
  const held = await started.claimOne();
  const waiting = rejection(started.queue.claim({ limit: 1, leaseMs: 1000, waitMs: 60_000, signal }));
  await eventually("the wait", async () =>
    String(await started.client.client("LIST")).includes("cmd=bzpopmin") ? true : null,
  );
  await redis.kill();
  expect(isUnavailable(await waiting)).toBe(true);
  const calls = [
    () => started.queue.enqueue([queueEntryFixture()]),
    () => started.claim(),
    () => started.queue.cancel("task"),
    () => started.queue.stats(),
    () => held.extend(1000),
    () => held.complete(),
  ];
  for (const call of calls) expect(isUnavailable(await rejection(call()))).toBe(true);

  await redis.start();
  await whenBack();
  const again = queueEntryFixture();
  await started.queue.enqueue([again]);
  expect((await started.claimOne()).entry.id).toBe(again.id);
});

test("a claim that waits is woken through a connection that was replaced", async () => {
  const waiting = eventually("an entry", async () => {
    const claimed = await started.queue.claim({ limit: 1, leaseMs: 1000, waitMs: 60_000, signal }).catch(() => []);
    return claimed[0] ?? null;
  });
  await eventually("the wait", async () =>
    String(await started.client.client("LIST")).includes("cmd=bzpopmin") ? true : null,
  );
  await redis.kill();
  await redis.start();
  await whenBack();
  const entry = queueEntryFixture();
  await started.queue.enqueue([entry]);
  expect((await waiting).entry.id).toBe(entry.id);
});

test("a Redis that hangs makes calls fail in time, and an entry it claimed late returns to the queue", async () => {
  const [entry, later] = [queueEntryFixture(), queueEntryFixture()];
  await started.queue.enqueue([entry]);
  await using hasty = startQueue(redis.url, { name: started.name, timeoutMs: 200 });
  await eventually("its connection", async () => (await hasty.queue.stats().catch(() => null)) && true);
  await redis.pause();
  expect(isUnavailable(await rejection(hasty.claim()))).toBe(true);
  expect(isUnavailable(await rejection(hasty.queue.enqueue([later])))).toBe(true);
  await redis.resume();
  await whenBack();
  expect((await started.claimOne()).entry.id).toBe(entry.id);
  await started.queue.enqueue([later]);
  expect((await started.claimOne()).entry.id).toBe(later.id);
});

test("after a flush no entry is held any more, and the store's order is rebuilt", async () => {
  const entries = [...entriesInTime(3), queueEntryFixture()];
  await started.queue.enqueue(entries);
  const held = await started.claim();
  expect(held).toHaveLength(2);
  await started.client.flushall();
  await started.client.call("script", ["FLUSH"]);
  expect(await held[0]?.extend(1000)).toBe(false);
  await held[0]?.release(0);
  await held[1]?.bury("agent_failed");
  await held[0]?.complete();
  expect(await started.queue.stats()).toEqual({
    waiting: 0,
    delayed: 0,
    claimed: 0,
    buried: 0,
    oldestWaitingMs: null,
  });
  await started.queue.enqueue(entries);
  await started.queue.enqueue(entries.toReversed());
  expect((await started.queue.stats()).waiting).toBe(4);
  expect((await started.claim()).map(({ entry }) => entry.id)).toEqual([entries[0], entries[3]].map((one) => one?.id));
});

test("a client that never reached Redis fails in time, and works when Redis comes", async () => {
  await redis.stop();
  const early = startQueue(redis.url, { timeoutMs: 200 });
  expect(isUnavailable(await rejection(early.queue.stats()))).toBe(true);
  await redis.start();
  await eventually("Redis", async () => (await early.queue.stats().catch(() => null)) && true);
  await early.close();
});

test("a worker that waits gets the first entry at once, also where Redis does not have the scripts", async () => {
  for (let flushed = 0; flushed < 3; flushed += 1) {
    const waiting = started.queue.claim({ limit: 1, leaseMs: 60_000, waitMs: 4000, signal });
    await eventually("the wait", async () =>
      String(await started.client.client("LIST")).includes("cmd=bzpopmin") ? true : null,
    );
    await started.client.call("script", ["FLUSH"]);
    const entry = queueEntryFixture();
    await started.queue.enqueue([entry]);
    // Sooner than an idle queue is looked at anyway.
    const [claimed] = await waiting;
    expect(claimed?.entry).toEqual(entry);
    await claimed?.complete();
  }
});
