import { AgentBotError } from "@agentbot/core";
import { queueEntryFixture } from "@agentbot/core/testing";
import { expect, inject, test } from "vitest";
import { entriesInTime, startQueue } from "./support/start-queue.js";

const url = inject("redisUrl");

for (const [what, record] of [
  ["is not a record", "\u0000garbage"],
  ["is empty", ""],
  ["has no JSON", "12 0 [not json]"],
  ["lacks its lane", "12 0 [1,2]"],
  ["has a rank that is not a number", 'x 0 ["installation","lane",10]'],
] as const) {
  test(`an entry whose record ${what} is buried with a reason, and comes back when the store offers it again`, async () => {
    await using started = startQueue(url);
    const { client, name, queue, claim } = started;
    const [broken, behind, other] = [...entriesInTime(2), queueEntryFixture()];
    if (!broken || !behind || !other) throw new Error("three entries");
    await queue.enqueue([broken, behind, other]);
    await client.hset(`{${name}}:records`, broken.id, record);
    expect((await claim()).map(({ entry }) => entry.id)).toEqual([other.id]);
    expect((await queue.stats()).buried).toBe(1);
    expect(await client.hget(`{${name}}:reasons`, broken.id)).toMatch(/cannot be read/);

    await queue.enqueue([broken, behind]);
    const [again] = await claim();
    expect(again?.entry).toEqual(broken);
    await again?.complete();
    expect((await claim()).map(({ entry }) => entry.id)).toEqual([behind.id]);
  });
}

test("a record that cannot be read when its time comes is buried too", async () => {
  await using started = startQueue(url);
  const { client, name, queue } = started;
  const [delayed, lapsing] = [queueEntryFixture({ delayMs: 20 }), queueEntryFixture()];
  await queue.enqueue([lapsing, delayed]);
  await started.claimOne(20);
  for (const { id } of [delayed, lapsing]) await client.hset(`{${name}}:records`, id, "garbage");
  const healthy = queueEntryFixture({ delayMs: 40 });
  await queue.enqueue([healthy]);
  expect((await started.claimOne()).entry.id).toBe(healthy.id);
  expect((await queue.stats()).buried).toBe(2);
});

for (const part of ["", "records", "leases", "delayed", "marker"] as const) {
  test(`losing ${part || "the waiting set"} loses nothing once the store has offered its tasks again`, async () => {
    await using started = startQueue(url);
    const { client, name, queue, claim } = started;
    const thread = entriesInTime(3);
    const delayed = queueEntryFixture({ delayMs: 1 });
    const entries = [...thread, queueEntryFixture(), delayed];
    await queue.enqueue(entries);
    await (await claim(1))[0]?.release(0);
    await client.del(part === "" ? name : `{${name}}:${part}`);
    await queue.enqueue(entries);
    const done: string[] = [];
    while (done.length < entries.length) {
      const { entry, complete } = await started.claimOne();
      done.push(entry.id);
      await complete();
    }
    expect(done.toSorted()).toEqual(entries.map(({ id }) => id).toSorted());
    const order = done.filter((id) => thread.some((entry) => entry.id === id));
    expect(order).toEqual(thread.map(({ id }) => id));
  });
}

for (const isHeadHeld of [false, true]) {
  test(`losing the line of a lane whose head ${isHeadHeld ? "is held" : "waits"} strands no entry behind it`, async () => {
    await using started = startQueue(url);
    const { client, name, queue, claim } = started;
    const thread = entriesInTime(4);
    await queue.enqueue(thread);
    const held = isHeadHeld ? await claim(1) : [];
    expect(await client.del(`{${name}}:lane:${thread[0]?.lane}`)).toBe(1);
    await queue.enqueue(thread);
    const done: string[] = [];
    for (let [one] = [...held, ...(await claim(1))]; one; [one] = await claim(1)) {
      expect(await claim()).toEqual([]);
      done.push(one.entry.id);
      await one.complete();
    }
    expect(done).toEqual(thread.map(({ id }) => id));
    expect(await queue.stats()).toMatchObject({ waiting: 0, delayed: 0, claimed: 0, buried: 0 });
  });

  test(`losing the line after its head has ended strands no entry either${isHeadHeld ? ", offered one by one" : ""}`, async () => {
    await using started = startQueue(url);
    const { client, name, queue, claim } = started;
    const [first, ...behind] = entriesInTime(4);
    if (!first) throw new Error("an entry");
    await queue.enqueue([first, ...behind]);
    const [held] = await claim(1);
    await client.del(`{${name}}:lane:${first.lane}`);
    await held?.complete();
    expect(await claim()).toEqual([]);
    if (isHeadHeld) for (const entry of behind) await queue.enqueue([entry]);
    else await queue.enqueue(behind);
    const done: string[] = [];
    for (let [one] = await claim(); one; [one] = await claim()) {
      done.push(one.entry.id);
      await one.complete();
    }
    expect(done).toEqual(behind.map(({ id }) => id));
  });
}

for (const part of ["parked", "parked:"]) {
  test(`losing ${part} lets a task that a limit held back go when there is room`, async () => {
    await using started = startQueue(url, { installationConcurrency: 1 });
    const { client, name, queue, claim } = started;
    const [first] = entriesInTime(1);
    if (!first) throw new Error("an entry");
    const { installationId } = first;
    const second = queueEntryFixture({ installationId });
    await queue.enqueue([first, second]);
    const [held] = await claim();
    expect(await claim()).toEqual([]);
    const key = part === "parked" ? part : `${part}${installationId}`;
    expect(await client.del(`{${name}}:${key}`)).toBe(1);
    await queue.enqueue([first, second]);
    expect(await claim()).toEqual([]);
    await held?.complete();
    expect((await claim()).map(({ entry }) => entry.id)).toEqual([second.id]);
  });
}

test("a key of another type makes calls fail with QUEUE_UNAVAILABLE, and has no other effect", async () => {
  await using started = startQueue(url);
  const { client, name, queue } = started;
  await client.set(name, "somebody else's");
  for (const call of [
    () => queue.enqueue([queueEntryFixture()]),
    () => started.claim(),
    () => queue.stats(),
    () => queue.claim({ limit: 1, leaseMs: 1000, waitMs: 5000, signal: new AbortController().signal }),
  ]) {
    const error: unknown = await call().then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect(AgentBotError.hasCode(error, "QUEUE_UNAVAILABLE") && error.message).toMatch(/WRONGTYPE/);
  }
  await client.del(name);
  await queue.enqueue([queueEntryFixture()]);
  expect(await started.claim()).toHaveLength(1);
});
