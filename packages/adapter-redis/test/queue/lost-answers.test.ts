import { eventually, freshId, queueEntryFixture } from "@agentbot/core/testing";
import { type PrivateRedis, startPrivateRedis } from "@agentbot/test-services";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { createRedisQueue, redisRetryStrategy } from "../../src/index.js";
import { startForwarder } from "./support/start-forwarder.js";
import { startQueue } from "./support/start-queue.js";

let redis: PrivateRedis;
beforeAll(async () => {
  redis = await startPrivateRedis();
});
afterAll(() => redis.close());

const signal = new AbortController().signal;
/** Outlives the test: nothing comes back because it ends. */
const leaseMs = 600_000;

/** A queue whose answers can be lost, beside one that sees it all. */
async function startBehindForwarder(autoResendUnfulfilledCommands: boolean) {
  const forwarder = await startForwarder(Number(new URL(redis.url).port));
  const seen = startQueue(redis.url, { name: freshId("queue") });
  const client = new Redis(forwarder.url, {
    retryStrategy: redisRetryStrategy({ baseMs: 10, capMs: 50 }),
    maxRetriesPerRequest: 1,
    autoResendUnfulfilledCommands,
  });
  client.on("error", () => {});
  const queue = createRedisQueue({ client, name: seen.name });
  onTestFinished(async () => {
    await queue.close();
    client.disconnect();
    await seen.close();
    await forwarder[Symbol.asyncDispose]();
  });
  const claim = (limit: number) => queue.claim({ limit, leaseMs, waitMs: 0, signal });
  // Redis has the script from now on.
  await claim(1);
  return { forwarder, seen, queue, client, claim };
}

const claimedCount = (count: number, { queue }: ReturnType<typeof startQueue>): Promise<unknown> =>
  eventually(`${count} to be claimed`, async () => ((await queue.stats()).claimed === count ? true : null));

test("entries of a claim whose answer was lost with the connection are claimed by the next one", async () => {
  const { forwarder, seen, claim } = await startBehindForwarder(false);
  const entries = [1, 2, 3].map(() => queueEntryFixture());
  await seen.queue.enqueue(entries);
  forwarder.loseAnswers();
  const lost = claim(2).then(
    () => "answered",
    () => "failed",
  );
  await claimedCount(2, seen);
  forwarder.cut();
  expect(await lost).toBe("failed");
  const claimed = await eventually("a claim that is answered", async () => {
    const some = await claim(3).catch(() => []);
    return some.length > 0 ? some : null;
  });
  expect(claimed.map(({ entry }) => entry)).toEqual(entries);
});

test("entries of a claim that the client sent again, and so ran twice, return to the queue at once", async () => {
  const { forwarder, seen, claim } = await startBehindForwarder(true);
  const entries = [1, 2, 3, 4].map(() => queueEntryFixture());
  await seen.queue.enqueue(entries);
  forwarder.loseAnswers();
  const answered = claim(2);
  await claimedCount(2, seen);
  forwarder.cut();
  const claimed = await answered;
  expect(claimed.map(({ entry }) => entry)).toEqual(entries.slice(2));
  await claimedCount(2, seen);
  const others = await seen.claim(4);
  expect(others.map(({ entry }) => entry)).toEqual(entries.slice(0, 2));
  for (const one of claimed) expect(await one.extend(leaseMs)).toBe(true);
});

test("a call that was sent again completes an entry once, and loses none that it claimed", async () => {
  const { forwarder, seen, claim } = await startBehindForwarder(true);
  const entries = [1, 2, 3].map(() => queueEntryFixture());
  await seen.queue.enqueue(entries);
  const [first] = await claim(1);
  forwarder.loseAnswers();
  const both = Promise.all([first?.complete(), claim(1)]);
  await eventually("the first to be gone", async () => {
    const { waiting, claimed } = await seen.queue.stats();
    return waiting === 1 && claimed === 1 ? true : null;
  });
  forwarder.cut();
  const [, second] = await both;
  expect(second).toHaveLength(1);
  await claimedCount(1, seen);
  const third = await seen.claim(3);
  const held = [...second, ...third].map(({ entry }) => entry.id);
  expect(held.toSorted()).toEqual(
    entries
      .slice(1)
      .map(({ id }) => id)
      .toSorted(),
  );
});

test("an entry that was claimed by adding it, with the answer lost, is claimed by the next claim", async () => {
  const { forwarder, seen, queue, claim } = await startBehindForwarder(false);
  const blocked = async (): Promise<boolean> => /blocked_clients:[1-9]/.test(await seen.client.info("clients"));
  await seen.queue.enqueue([queueEntryFixture()]);
  await (await seen.claimOne()).complete();
  const waiting = queue.claim({ limit: 1, leaseMs, waitMs: 60_000, signal }).then(
    (claimed) => claimed,
    () => [],
  );
  await eventually("the claim to listen", async () => ((await blocked()) ? true : null));
  forwarder.loseAnswers();
  const entry = queueEntryFixture();
  const added = queue.enqueue([entry]).then(
    () => "added",
    () => "failed",
  );
  await claimedCount(1, seen);
  forwarder.cut();
  expect(await added).toBe("failed");
  const [claimed] = await waiting;
  const [again] = claimed
    ? [claimed]
    : await eventually("a claim that is answered", async () => {
        const some = await claim(1).catch(() => []);
        return some.length > 0 ? some : null;
      });
  expect(again?.entry).toEqual(entry);
  expect(await again?.extend(leaseMs)).toBe(true);
});

test("a queue that closes returns the entries of a claim whose answer was lost", async () => {
  const { forwarder, seen, queue, client, claim } = await startBehindForwarder(false);
  await seen.queue.enqueue([queueEntryFixture()]);
  forwarder.loseAnswers();
  const lost = claim(1).catch(() => []);
  await claimedCount(1, seen);
  forwarder.cut();
  expect(await lost).toEqual([]);
  await eventually("the connection", async () => (client.status === "ready" ? true : null));
  await queue.close();
  expect(await seen.queue.stats()).toMatchObject({ waiting: 1, claimed: 0 });
});
