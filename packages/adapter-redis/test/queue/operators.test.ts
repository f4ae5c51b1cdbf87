import { queueEntryFixture } from "@agentbot/core/testing";
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

test("every wrong option is named", () => {
  const options = { client: {}, name: "a{b}", agingMs: 0, buriedLimit: 0, lease: 1 };
  expect(() => Reflect.apply(createRedisQueue, null, [options])).toThrow(
    expect.objectContaining({
      code: "CONFIGURATION_INVALID",
      message: expect.stringMatching(/client: .*name: .*agingMs: .*buriedLimit: .*lease/),
    }),
  );
});
