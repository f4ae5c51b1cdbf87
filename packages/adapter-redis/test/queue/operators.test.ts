import { freshId, queueEntryFixture } from "@agentbot/core/testing";
import { Cluster, Redis } from "ioredis";
import { expect, inject, test } from "vitest";
import { createRedisQueue } from "../../src/index.js";
import { entriesInTime, startQueue } from "./support/start-queue.js";

const url = inject("redisUrl");

test("a paused queue gives nothing to anybody, keeps its order, and goes on when it is resumed", async () => {
  await using one = startQueue(url);
  await using other = startQueue(url, { name: one.name });
  const entries = [queueEntryFixture(), queueEntryFixture({ priority: 0 })];
  await one.queue.enqueue(entries);
  await one.queue.pause();
  expect(await one.claim()).toEqual([]);
  expect(await other.claim()).toEqual([]);
  expect((await one.queue.stats()).waiting).toBe(2);
  const waiting = other.claimOne();
  await one.queue.resume();
  expect((await waiting).entry.taskId).toBe(entries[1]?.taskId);
});

test("draining takes out what waits and leaves what is claimed", async () => {
  await using started = startQueue(url);
  const thread = entriesInTime(3);
  await started.queue.enqueue([...thread, queueEntryFixture({ delayMs: 60_000 })]);
  await started.queue.enqueue(Array.from({ length: 700 }, () => queueEntryFixture()));
  const held = await started.claimOne();
  expect(await started.queue.drain()).toBe(703);
  expect(await started.queue.stats()).toMatchObject({ waiting: 0, delayed: 0, claimed: 1 });
  await held.complete();
  await started.queue.enqueue(thread);
  expect((await started.claimOne()).entry.taskId).toBe(thread[0]?.taskId);
});

test("only the last buried entries are kept", async () => {
  await using started = startQueue(url, { buriedLimit: 3 });
  const entries = Array.from({ length: 5 }, () => queueEntryFixture());
  await started.queue.enqueue(entries);
  for (const _ of entries) await (await started.claimOne()).bury("agent_failed");
  expect((await started.queue.stats()).buried).toBe(3);
  const kept = await started.client.hkeys(`{${started.name}}:reasons`);
  expect(kept.toSorted()).toEqual(
    entries
      .slice(2)
      .map(({ taskId }) => taskId)
      .toSorted(),
  );
});

test("no more entries of a repository or an installation are claimed than allowed, in order", async () => {
  await using started = startQueue(url, { repositoryConcurrency: 2, installationConcurrency: 3 });
  const of = (installationId: string, repositoryId: string) => queueEntryFixture({ installationId, repositoryId });
  const busy = Array.from({ length: 5 }, () => of("i", "busy"));
  const calm = Array.from({ length: 2 }, () => of("i", "calm"));
  const foreign = of("j", "busy");
  await started.queue.enqueue([...busy, ...calm, foreign]);
  const first = await started.claim();
  const at = (entries: readonly { readonly taskId: string }[]) => entries.map(({ taskId }) => taskId);
  expect(first.map(({ entry }) => entry.taskId)).toEqual(at([...busy.slice(0, 2), ...calm.slice(0, 1), foreign]));
  expect((await started.queue.stats()).waiting).toBe(4);
  expect(await started.client.zcard(started.name)).toBe(4);

  await first[0]?.complete();
  expect((await started.claim()).map(({ entry }) => entry.taskId)).toEqual(at(busy.slice(2, 3)));
  await first[2]?.complete();
  expect((await started.claim()).map(({ entry }) => entry.taskId)).toEqual(at(calm.slice(1)));
  expect(await started.queue.cancel(busy[3]?.taskId ?? "")).toBe(true);
  await first[1]?.complete();
  expect((await started.claim()).map(({ entry }) => entry.taskId)).toEqual(at(busy.slice(4)));
});

test("a wait for room ends when the room is there", async () => {
  await using started = startQueue(url, { repositoryConcurrency: 1 });
  const entries = [1, 2].map(() => queueEntryFixture({ installationId: "i", repositoryId: "r" }));
  await started.queue.enqueue(entries);
  const first = await started.claimOne();
  const second = started.claimOne();
  await first.complete();
  expect((await second).entry.taskId).toBe(entries[1]?.taskId);
});

test("cancelled entries that were held back use up no room", async () => {
  await using started = startQueue(url, { repositoryConcurrency: 1 });
  const entries = Array.from({ length: 6 }, () => queueEntryFixture({ installationId: "i", repositoryId: "r" }));
  await started.queue.enqueue(entries);
  const first = await started.claimOne();
  expect(await started.claim()).toEqual([]);
  for (const { taskId } of entries.slice(1, 5)) expect(await started.queue.cancel(taskId)).toBe(true);
  const last = started.claimOne();
  const completedAtMs = performance.now();
  await first.complete();
  expect((await last).entry.taskId).toBe(entries[5]?.taskId);
  expect(performance.now() - completedAtMs).toBeLessThan(4000);
});

test("what was held back by a limit is claimed when there is none any more", async () => {
  await using limited = startQueue(url, { repositoryConcurrency: 1, installationConcurrency: 2 });
  const entries = Array.from({ length: 4 }, () => queueEntryFixture({ installationId: "i", repositoryId: "r" }));
  await limited.queue.enqueue(entries);
  expect(await limited.claim()).toHaveLength(1);
  await using free = startQueue(url, { name: limited.name });
  for (const { taskId } of entries.slice(1)) expect((await free.claimOne()).entry.taskId).toBe(taskId);
});

test("claims of different leases wait side by side without asking again and again", async () => {
  await using started = startQueue(url);
  const signal = new AbortController().signal;
  let calls = 0;
  const { client } = started;
  const send = client.sendCommand.bind(client);
  client.sendCommand = (...sent) => {
    calls += 1;
    return send(...sent);
  };
  const startedAtMs = performance.now();
  const answers = [30_000, 60_000].map((leaseMs) => started.queue.claim({ limit: 1, leaseMs, waitMs: 700, signal }));
  expect(await Promise.all(answers)).toEqual([[], []]);
  expect(performance.now() - startedAtMs).toBeLessThan(4000);
  expect(calls).toBeLessThan(10);
});

test("a queue closes while another one of the same client is busy", async () => {
  await using started = startQueue(url);
  const other = createRedisQueue({ client: started.client, name: started.name });
  let isBusy = true;
  const work = async (): Promise<void> => {
    while (isBusy) {
      await started.queue.enqueue([queueEntryFixture()]);
      for (const claimed of await started.claim()) await claimed.complete();
    }
  };
  const working = work();
  await other.close();
  isBusy = false;
  await working;
});

test("a client that is told to give numbers as text works the same", async () => {
  const client = new Redis(url, { stringNumbers: true });
  const queue = createRedisQueue({ client, name: freshId("queue") });
  const signal = new AbortController().signal;
  expect(await queue.claim({ limit: 1, leaseMs: 1000, waitMs: 0, signal })).toEqual([]);
  const entry = queueEntryFixture();
  await queue.enqueue([entry]);
  expect(await queue.cancel(entry.taskId)).toBe(true);
  await queue.close();
  client.disconnect();
});

test("a Cluster whose prefix would part the keys is refused, and what to do is said", () => {
  const make = (keyPrefix: string) => {
    const client = new Cluster([{ host: "127.0.0.1", port: 1 }], { keyPrefix, lazyConnect: true });
    client.on("error", () => {});
    return () => createRedisQueue({ client });
  };
  expect(make("bot:")).toThrow(/client: must be a Cluster without keyPrefix, or with a hash tag in it/);
  expect(make("{bot}:")).not.toThrow();
});

test("every wrong option is named", () => {
  const options = { client: {}, name: "a{b}", agingMs: 0, buriedLimit: 0, lease: 1 };
  expect(() => Reflect.apply(createRedisQueue, null, [options])).toThrow(
    expect.objectContaining({
      code: "CONFIGURATION_INVALID",
      message: expect.stringMatching(/client: .*name: .*agingMs: .*buriedLimit: .*lease/),
    }),
  );
});
