import { queueEntryFixture } from "@agentbot/core/testing";
import { expect, inject, test } from "vitest";
import { entriesInTime, startQueue, type TestQueue } from "./support/start-queue.js";

/** The order in which a lane's entries are worked on. */
async function workOff({ claim }: TestQueue): Promise<readonly string[]> {
  const order: string[] = [];
  for (let claimed = await claim(1); claimed.length > 0; claimed = await claim(1)) {
    for (const { entry, complete } of claimed) {
      order.push(entry.id);
      await complete();
    }
  }
  return order;
}

const url = inject("redisUrl");
const ids = (entries: readonly { readonly id: string }[]) => entries.map(({ id }) => id);

test("a lane that is rebuilt in the wrong order is worked on in the order of its ids", async () => {
  await using started = startQueue(url);
  const entries = entriesInTime(6);
  for (const index of [3, 5, 4, 0, 2, 1]) await started.queue.enqueue(entries.slice(index, index + 1));
  expect((await started.queue.stats()).waiting).toBe(6);
  expect(await workOff(started)).toEqual(ids(entries));
});

test("a lane that is rebuilt backwards by one call is worked on in the order of its ids", async () => {
  await using started = startQueue(url);
  const entries = entriesInTime(50);
  await started.queue.enqueue(entries.toReversed());
  expect(await workOff(started)).toEqual(ids(entries));
});

test("an older entry never takes the place of one that is claimed, and is next", async () => {
  await using started = startQueue(url);
  const [first, second, third] = entriesInTime(3);
  if (!first || !second || !third) throw new Error("three entries");
  await started.queue.enqueue([second, third]);
  const held = await started.claimOne();
  await started.queue.enqueue([first]);
  expect(await started.claim()).toEqual([]);
  expect(held.entry.id).toBe(second.id);
  await held.complete();
  expect(await workOff(started)).toEqual(ids([first, third]));
});

test("an entry that is enqueued with a delay goes behind the rest of its lane, whatever its id", async () => {
  await using started = startQueue(url);
  const [early, late] = entriesInTime(2);
  if (!early || !late) throw new Error("two entries");
  await started.queue.enqueue([early, late]);
  const held = await started.claimOne();
  expect(held.entry.id).toBe(early.id);
  await held.complete();
  await started.queue.enqueue([{ ...early, delayMs: 1 }]);
  const next = await started.claimOne();
  expect(next.entry.id).toBe(late.id);
  await next.complete();
  expect((await started.claimOne()).entry.id).toBe(early.id);
});

test("entries whose ids were made in one millisecond, or contain no time, stay in the order they came", async () => {
  await using started = startQueue(url);
  const { lane } = queueEntryFixture();
  const named = ["c", "a", "b"].map((id) => queueEntryFixture({ id, lane }));
  const [one] = entriesInTime(1, { lane: "of one millisecond" });
  if (!one) throw new Error("one entry");
  const sameTime = ["f", "e"].map((digit) => ({ ...one, id: one.id.slice(0, -1) + digit }));
  await started.queue.enqueue([...named, ...sameTime]);
  const order = await workOff(started);
  expect(order.filter((id) => id.length === 1)).toEqual(["c", "a", "b"]);
  expect(order.filter((id) => id.length > 1)).toEqual(ids(sameTime));
});
