import { eventually, queueEntryFixture } from "@agentbot/core/testing";
import { startPrivateRedis } from "@agentbot/test-services";
import { Redis } from "ioredis";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { startQueue, type TestQueue } from "./support/start-queue.js";

// No other test waits on this server.
const { url, close } = await startPrivateRedis();
afterAll(close);
const signal = new AbortController().signal;

/** A claim of this process that has found nothing and listens. */
async function startWaiting({ queue, client, name }: TestQueue, limit = 1, leaseMs = 600_000) {
  const before = await countBlocked(client);
  const claim = queue.claim({ limit, leaseMs, waitMs: 10_000, signal });
  await eventually(`a claim of ${name} to listen`, async () => ((await countBlocked(client)) > before ? true : null));
  return { claim };
}

const countBlocked = async (client: Redis): Promise<number> =>
  Number(/blocked_clients:(\d+)/.exec(await client.info("clients"))?.[1]);

/** The scripts that are run on a queue from now on. */
async function watchScripts({ name }: TestQueue): Promise<string[]> {
  const watcher = new Redis(url);
  onTestFinished(() => watcher.disconnect());
  const monitor = await watcher.monitor();
  onTestFinished(() => monitor.disconnect());
  const scripts: string[] = [];
  monitor.on("monitor", (_time: string, [command = "", ...args]: string[]) => {
    if (/^eval/i.test(command) && args.includes(name)) scripts.push(command);
  });
  return scripts;
}

test("an entry added where a claim waits is claimed by the call that adds it", async () => {
  await using started = startQueue(url);
  // Redis has the scripts from now on.
  await started.queue.enqueue([queueEntryFixture()]);
  await (await started.claimOne()).complete();
  await started.queue.stats();
  const { claim } = await startWaiting(started);
  const scripts = await watchScripts(started);
  const entry = queueEntryFixture();
  await started.queue.enqueue([entry]);
  const [claimed] = await claim;
  expect(claimed?.entry).toEqual(entry);
  expect(await claimed?.extend(600_000)).toBe(true);
  await claimed?.complete();
  expect(await started.queue.stats()).toMatchObject({ waiting: 0, claimed: 0 });
  // It was added, extended and completed; then the numbers were asked for.
  await eventually("the watcher to have seen them", async () => (scripts.length >= 4 ? true : null));
  expect(scripts).toHaveLength(4);
});

test("entries that are added together are shared among the claims that wait", async () => {
  await using started = startQueue(url);
  const first = await startWaiting(started);
  const second = started.queue.claim({ limit: 1, leaseMs: 600_000, waitMs: 9000, signal });
  const entries = [queueEntryFixture(), queueEntryFixture(), queueEntryFixture()];
  await started.queue.enqueue(entries);
  const claimed = await Promise.all([first.claim, second]);
  expect(claimed.map((one) => one.length)).toEqual([1, 1]);
  expect((await started.queue.stats()).waiting).toBe(1);
});

test("of entries that are added together the one of the first rank is claimed", async () => {
  await using started = startQueue(url);
  const { claim } = await startWaiting(started);
  const [low, high] = [queueEntryFixture({ priority: 20 }), queueEntryFixture()];
  await started.queue.enqueue([low, high]);
  const [claimed] = await claim;
  expect(claimed?.entry).toEqual(high);
  expect(await started.queue.stats()).toMatchObject({ waiting: 1, claimed: 1 });
});

test("an entry returns to its place if its claim has ended when it comes", async () => {
  await using started = startQueue(url);
  const stopped = new AbortController();
  const claim = started.queue.claim({ limit: 1, leaseMs: 600_000, waitMs: 10_000, signal: stopped.signal });
  await eventually("a claim to listen", async () => ((await countBlocked(started.client)) > 0 ? true : null));
  const entry = queueEntryFixture();
  const added = started.queue.enqueue([entry]);
  // The call is on its way by the end of this turn.
  process.nextTick(() => process.nextTick(() => stopped.abort()));
  await Promise.all([added, claim]);
  expect((await started.claimOne()).entry).toEqual(entry);
});

test("a claim never gets an entry under the shorter lease of another one", async () => {
  await using started = startQueue(url);
  await using other = startQueue(url, { name: started.name });
  const stopped = new AbortController();
  const short = started.queue.claim({ limit: 1, leaseMs: 200, waitMs: 10_000, signal: stopped.signal });
  const { claim: long } = await startWaiting(started);
  const entry = queueEntryFixture();
  const added = started.queue.enqueue([entry]);
  process.nextTick(() => process.nextTick(() => stopped.abort()));
  await Promise.all([added, short]);
  expect((await long).map((claimed) => claimed.entry)).toEqual([entry]);
  // Claimed later under the shorter lease: when that one has ended, the first would have too.
  const later = queueEntryFixture();
  await other.queue.enqueue([later]);
  expect(await other.claim(1, 200)).toHaveLength(1);
  const again = await eventually("the shorter lease to end", async () => {
    const claimed = await other.claim();
    return claimed.length > 0 ? claimed : null;
  });
  expect(again.map((claimed) => claimed.entry)).toEqual([later]);
});

test.each([Number.MAX_SAFE_INTEGER, 1e16, 1e300, Number.POSITIVE_INFINITY])(
  "a lease of %d ms keeps an entry from every other claim, however it was claimed",
  async (leaseMs) => {
    await using started = startQueue(url);
    await using other = startQueue(url, { name: started.name });
    await started.queue.enqueue([queueEntryFixture()]);
    const [first] = await started.claim(1, leaseMs);
    expect(await other.claim()).toEqual([]);
    const { claim } = await startWaiting(started, 1, leaseMs);
    await started.queue.enqueue([queueEntryFixture()]);
    const [second] = await claim;
    expect(await other.claim()).toEqual([]);
    await Promise.all([first?.complete(), second?.complete()]);
    expect(await other.queue.stats()).toMatchObject({ waiting: 0, claimed: 0 });
  },
);

test("an entry that lost its record behind another one leaves nothing in the waiting set when it is claimed by being added", async () => {
  await using started = startQueue(url);
  const { client, name, queue } = started;
  const head = queueEntryFixture();
  const behind = queueEntryFixture({ lane: head.lane });
  await queue.enqueue([head, behind]);
  const held = await started.claimOne();
  expect(held.entry).toEqual(head);
  await client.hdel(`{${name}}:records`, behind.id, `lane:${head.lane}`);
  const { claim } = await startWaiting(started);
  await queue.enqueue([behind]);
  const claimed = await claim;
  expect(claimed.map(({ entry }) => entry.id)).toEqual([behind.id]);
  await Promise.all([held, ...claimed].map((one) => one.complete()));
  expect(await client.zcard(name)).toBe(0);
});

test("a queue returns an entry that was claimed by being added before it is closed", async () => {
  const started = startQueue(url);
  await using other = startQueue(url, { name: started.name });
  const { claim } = await startWaiting(started);
  const entry = queueEntryFixture();
  const added = started.queue.enqueue([entry]);
  // The call is on its way by then.
  await new Promise<void>((resolve) => process.nextTick(() => process.nextTick(resolve)));
  await Promise.all([started.queue.close(), added]);
  await started.client.quit();
  expect(await claim).toEqual([]);
  expect((await other.claim()).map((claimed) => claimed.entry)).toEqual([entry]);
});

test("two entries added one after the other go to the two claims that wait, each claimed by its own call", async () => {
  await using started = startQueue(url);
  const { claim: first } = await startWaiting(started);
  const second = started.queue.claim({ limit: 1, leaseMs: 600_000, waitMs: 10_000, signal });
  const entries = [queueEntryFixture(), queueEntryFixture()];
  const added = started.queue.enqueue(entries.slice(0, 1));
  await new Promise((resolve) => setImmediate(resolve));
  await Promise.all([added, started.queue.enqueue(entries.slice(1))]);
  const claimed = await Promise.all([first, second]);
  expect(claimed.flat().map(({ entry }) => entry)).toEqual(entries);
});
