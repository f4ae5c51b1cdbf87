import { commandEntryFixture, queueEntryFixture } from "@agentbot/core/testing";
import { expect, inject, test } from "vitest";
import { startQueue } from "./support/start-queue.js";

const url = inject("redisUrl");
const idsOf = (entries: readonly { readonly id: string }[]) => entries.map(({ id }) => id);
const tenantEntries = (count: number, installationId: string) =>
  Array.from({ length: count }, () => queueEntryFixture({ installationId }));

test("tasks beyond the limit are counted as waiting, behind everything that can be claimed, and return in order", async () => {
  await using started = startQueue(url, { installationConcurrency: 2 });
  const { client, name, queue } = started;
  const busy = tenantEntries(5, "busy");
  const calm = queueEntryFixture();
  await queue.enqueue([...busy, calm]);
  const held = await started.claim();
  expect(idsOf(held.map(({ entry }) => entry))).toEqual(idsOf([...busy.slice(0, 2), calm]));
  expect(await client.zrange(name, "0", "-1")).toEqual(idsOf(busy.slice(2)));
  await held[0]?.complete();
  expect((await started.claim()).map(({ entry }) => entry)).toEqual(busy.slice(2, 3));
  expect(await queue.cancel(busy[3]?.id ?? "")).toBe(true);
  await held[1]?.complete();
  expect((await started.claim()).map(({ entry }) => entry)).toEqual(busy.slice(4));
  expect(await client.keys(`{${name}}:parked*`)).toEqual([]);
});

test("more tasks beyond the limit than one call looks at hold up nothing behind them", async () => {
  await using started = startQueue(url, { installationConcurrency: 1 });
  const calm = queueEntryFixture();
  await started.queue.enqueue([...tenantEntries(1200, "busy"), calm]);
  expect((await started.claimOne()).entry.installationId).toBe("busy");
  expect((await started.claimOne()).entry).toEqual(calm);
});

test("a wait for room under the limit ends when a task elsewhere is completed", async () => {
  await using started = startQueue(url, { installationConcurrency: 1 });
  await using other = startQueue(url, { name: started.name, installationConcurrency: 1 });
  const [first, second] = tenantEntries(2, "busy");
  await started.queue.enqueue([first, second].filter((entry) => entry !== undefined));
  const held = await other.claimOne();
  const waiting = started.claimOne();
  await held.complete();
  expect((await waiting).entry).toEqual(second);
});

test("tasks that a limit held back are claimed once there is no limit any more", async () => {
  await using limited = startQueue(url, { installationConcurrency: 1 });
  const entries = tenantEntries(4, "busy");
  await limited.queue.enqueue(entries);
  expect(await limited.claim()).toHaveLength(1);
  expect(await limited.claim()).toEqual([]);
  await using free = startQueue(url, { name: limited.name });
  expect((await free.claim()).map(({ entry }) => entry)).toEqual(entries.slice(1));
});

test("a limit holds for a task that is added while a claim waits, and for its command it does not", async () => {
  await using started = startQueue(url, { installationConcurrency: 1 });
  const [first, second] = tenantEntries(2, "busy");
  if (!first || !second) throw new Error("two entries");
  await started.queue.enqueue([first]);
  const held = await started.claimOne();
  const waiting = started.claimOne();
  await started.queue.enqueue([second]);
  expect(await started.queue.stats()).toMatchObject({ waiting: 1, claimed: 1 });
  const command = commandEntryFixture({ installationId: "busy" });
  await started.queue.enqueue([command]);
  expect((await waiting).entry).toEqual(command);
  await held.complete();
  expect((await started.claimOne()).entry).toEqual(second);
});
