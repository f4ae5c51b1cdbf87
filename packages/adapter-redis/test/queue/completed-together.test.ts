import { queueEntryFixture } from "@agentbot/core/testing";
import { expect, inject, test } from "vitest";
import { entriesInTime, startQueue } from "./support/start-queue.js";

const url = inject("redisUrl");

test("of entries that are completed together only those still held are removed", async () => {
  await using started = startQueue(url);
  await using other = startQueue(url, { name: started.name });
  const [mine, taken, waiting] = [1, 2, 3].map(() => queueEntryFixture());
  await started.queue.enqueue([mine, taken, waiting].filter((entry) => entry !== undefined));
  const [ofMine] = await started.claim(1);
  const lapsed = await started.claim(2, 1);
  const ofOther = await other.claimOne();
  expect(ofOther.entry).toEqual(taken);
  await Promise.all([ofMine, ...lapsed].map((claimed) => claimed?.complete()));
  expect(await other.queue.stats()).toMatchObject({ waiting: 1, claimed: 1 });
  await ofOther.complete();
  expect((await other.claimOne()).entry).toEqual(waiting);
});

test("the next entry of a lane can be claimed at once when the one before it is completed", async () => {
  await using started = startQueue(url);
  const threads = [entriesInTime(2), entriesInTime(2), entriesInTime(1)];
  await started.queue.enqueue(threads.flat());
  const first = await started.claim();
  expect(first).toHaveLength(3);
  await Promise.all(first.map((claimed) => claimed.complete()));
  const second = await started.claim();
  expect(second.map(({ entry }) => entry.id)).toEqual([threads[0]?.[1]?.id, threads[1]?.[1]?.id]);
});

test("an entry that was added anew while it was held is not claimed by the call that removes it", async () => {
  await using started = startQueue(url);
  const { client, name, queue, claim } = started;
  const entry = queueEntryFixture();
  await queue.enqueue([entry]);
  const [held] = await claim(1);
  await client.del(`{${name}}:records`);
  await queue.enqueue([entry]);
  const [, claimed] = await Promise.all([held?.complete(), claim(1)]);
  expect(claimed).toEqual([]);
});

test.each([
  { limits: "without limits", options: {} },
  { limits: "with a limit", options: { installationConcurrency: 100 } },
])("an entry that is completed after its lease ended unnoticed is done, $limits", async ({ options }) => {
  await using started = startQueue(url, options);
  await started.queue.enqueue([queueEntryFixture()]);
  const [lapsed] = await started.claim(1, 1);
  await new Promise((resolve) => setTimeout(resolve, 20));
  const [, claimed] = await Promise.all([lapsed?.complete(), started.claim(1)]);
  expect(claimed).toEqual([]);
});

test("many claims leave the entries that are held back where they are", async () => {
  await using started = startQueue(url);
  const thread = entriesInTime(50);
  await started.queue.enqueue(thread);
  expect(await started.claim(10)).toHaveLength(1);
  const before = await started.client.zrange(started.name, "0", "-1", "WITHSCORES");
  for (let round = 0; round < 10; round += 1) expect(await started.claim(10)).toEqual([]);
  expect(await started.client.zrange(started.name, "0", "-1", "WITHSCORES")).toEqual(before);
});
