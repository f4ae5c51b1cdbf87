import { eventually, freshId, queueEntryFixture } from "@agentbot/core/testing";
import { startPrivateRedis } from "@agentbot/test-services";
import { Redis } from "ioredis";
import { expect, inject, test } from "vitest";
import { createRedisQueue } from "../../src/index.js";
import { entriesInTime, startQueue } from "./support/start-queue.js";

const url = inject("redisUrl");

test("the waiting set is a sorted set of ids by rank, and every other key has the queue's hash tag", async () => {
  await using started = startQueue(url);
  const { name, client, queue } = started;
  const low = queueEntryFixture({ priority: 30 });
  const high = queueEntryFixture({ priority: 10 });
  const thread = entriesInTime(2, { priority: 20 });
  await queue.enqueue([low, high, ...thread, queueEntryFixture({ delayMs: 60_000 })]);
  expect(await client.zcard(name)).toBe(4);
  const shown = await client.zrange(name, "0", "-1", "WITHSCORES");
  const order = [high, thread[0], low, thread[1]].map((entry) => entry?.id);
  expect(shown.filter((_, index) => index % 2 === 0)).toEqual(order);
  expect(shown.filter((_, index) => index % 2 === 1).every((score) => /^\d{16}$/.test(score))).toBe(true);

  const held = await started.claim(2);
  await held[0]?.bury("agent_failed");
  expect(await client.zcard(name)).toBe(2);
  expect(await client.hgetall(`{${name}}:reasons`)).toEqual({ [high.id]: "agent_failed" });
  const keys = await client.keys(`*${name}*`);
  expect(keys.filter((key) => key !== name && !key.startsWith(`{${name}}:`))).toEqual([]);
});

test("an empty queue leaves only its sequence and its marker behind", async () => {
  await using started = startQueue(url);
  await started.queue.enqueue([queueEntryFixture(), ...entriesInTime(3)]);
  for (let claimed = await started.claim(1); claimed.length > 0; claimed = await started.claim(1))
    for (const { complete } of claimed) await complete();
  const keys = await started.client.keys(`*${started.name}*`);
  expect(keys.sort()).toEqual([`{${started.name}}:marker`, `{${started.name}}:records`]);
  expect(await started.client.hkeys(`{${started.name}}:records`)).toEqual(["sequence"]);
});

test("all workers of a process wait on one connection, which blocks on the marker and is closed with the last queue", async () => {
  const redis = await startPrivateRedis();
  const client = new Redis(redis.url);
  const queues = Array.from({ length: 5 }, () => createRedisQueue({ client }));
  const stopped = new AbortController();
  const claims = queues.map((queue) =>
    queue.claim({ limit: 1, leaseMs: 1000, waitMs: 60_000, signal: stopped.signal }),
  );
  const blocked = async (): Promise<readonly string[]> =>
    String(await client.client("LIST"))
      .split("\n")
      .filter((line) => line.includes("cmd=bzpopmin"));
  await eventually("a blocked connection", async () => ((await blocked()).length === 1 ? true : null));
  expect(
    String(await client.client("LIST"))
      .trim()
      .split("\n"),
  ).toHaveLength(2);
  stopped.abort();
  expect(await Promise.all(claims)).toEqual(queues.map(() => []));
  for (const queue of queues) await queue.close();
  await eventually("its end", async () => ((await blocked()).length === 0 ? true : null));
  client.disconnect();
  await redis.close();
});

test("the entries enqueued in one turn go out in one call, settlements of one turn too, and many of them in two", async () => {
  const redis = await startPrivateRedis();
  const { client, queue, claim, close } = startQueue(redis.url);
  const scriptCalls = async (): Promise<number> =>
    Number(/cmdstat_evalsha:calls=(\d+)/.exec(await client.info("commandstats"))?.[1] ?? 0);
  await queue.enqueue([queueEntryFixture()]);
  await (await claim())[0]?.complete();
  for (const [count, added, settled] of [
    [8, 1, 1],
    [100, 2, 2],
  ] as const) {
    await client.config("RESETSTAT");
    await Promise.all(Array.from({ length: count }, () => queue.enqueue([queueEntryFixture()])));
    expect(await scriptCalls()).toBe(added);
    const claimed = await claim(count);
    expect(claimed).toHaveLength(count);
    expect(await scriptCalls()).toBe(added + 1);
    await Promise.all(claimed.map(({ complete }) => complete()));
    expect(await scriptCalls()).toBe(added + 1 + settled);
  }
  await close();
  await redis.close();
});

test("a client with a key prefix has its whole queue under that prefix, and is woken there", async () => {
  const client = new Redis(url, { keyPrefix: "tenant:" });
  const name = freshId("queue");
  const queue = createRedisQueue({ client, name });
  const signal = new AbortController().signal;
  const waiting = queue.claim({ limit: 1, leaseMs: 60_000, waitMs: 60_000, signal });
  const admin = new Redis(url);
  const otherClient = new Redis(url, { keyPrefix: "tenant:" });
  const other = createRedisQueue({ client: otherClient, name });
  const thread = entriesInTime(2);
  await other.enqueue(thread);
  expect((await waiting).map(({ entry }) => entry)).toEqual(thread.slice(0, 1));
  const keys = await admin.keys(`*${name}*`);
  expect(keys.length).toBeGreaterThan(3);
  expect(keys.every((key) => key.startsWith("tenant:"))).toBe(true);
  for (const one of [queue, other]) await one.close();
  for (const one of [client, otherClient, admin]) one.disconnect();
});

test("closing a queue returns the entries of a claim on its way", async () => {
  await using started = startQueue(url);
  const closing = createRedisQueue({ client: started.client, name: started.name, agingMs: 1 });
  const entry = queueEntryFixture();
  await started.queue.enqueue([entry]);
  const stopped = new AbortController();
  const claim = closing.claim({ limit: 1, leaseMs: 600_000, waitMs: 1000, signal: stopped.signal });
  await new Promise(process.nextTick);
  stopped.abort();
  await closing.close();
  expect(await claim).toEqual([]);
  expect((await started.claim()).map((claimed) => claimed.entry)).toEqual([entry]);
});
