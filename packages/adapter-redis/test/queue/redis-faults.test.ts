import { sleep } from "@agentbot/core/adapter";
import { eventually } from "@agentbot/core/testing";
import { startPrivateRedis } from "@agentbot/test-services";
import { expect, test } from "vitest";
import { createSmallStore, type SmallStore } from "./support/small-store.js";
import { startQueue, type TestQueue } from "./support/start-queue.js";

const threads = 20;

/** Works until the signal is aborted, whatever Redis does. */
async function workUntil(signal: AbortSignal, { queue }: TestQueue, store: SmallStore): Promise<void> {
  while (!signal.aborted) {
    try {
      const claimed = await queue.claim({ limit: 4, leaseMs: 1000, waitMs: 200, signal });
      await Promise.all(claimed.map((one) => store.attend(one, queue)));
    } catch {
      await sleep(10);
    }
  }
}

/** Offers everything that waits, again and again, as the reconciler does. */
async function reconcileUntil(signal: AbortSignal, { queue }: TestQueue, store: SmallStore): Promise<void> {
  while (!signal.aborted) {
    await queue.enqueue(store.queued()).catch(() => {});
    await sleep(100, signal);
  }
}

async function expectAllDone(store: SmallStore): Promise<void> {
  await eventually("every task to be done", () => store.isAllDone() || null);
  expect(store.violations).toEqual([]);
  for (let thread = 0; thread < threads; thread += 1) {
    const inOrder = store.recorded.filter(({ lane }) => lane === `thread-${thread}`);
    expect(store.done.get(`thread-${thread}`)).toEqual(inOrder.map(({ id }) => id));
  }
}

test("with an append-only file no acknowledged entry is lost when Redis is killed under load", async () => {
  const redis = await startPrivateRedis({ appendOnly: true });
  const one = startQueue(redis.url);
  const other = startQueue(redis.url, { name: one.name });
  const store = createSmallStore();
  const stopped = new AbortController();
  const workers = [one, other].map((queue) => workUntil(stopped.signal, queue, store));
  let added = 0;
  const adding = (async () => {
    while (added < 600) {
      const entry = store.record(added % threads);
      // Repeated until it is acknowledged, and never again: there is no reconciler here.
      while (true) {
        const isAcknowledged = await other.queue.enqueue([entry]).then(
          () => true,
          () => false,
        );
        if (isAcknowledged) break;
        await sleep(10);
      }
      added += 1;
    }
  })();
  for (let kill = 1; kill <= 3; kill += 1) {
    await eventually("some load", () => (added > kill * 120 ? true : null));
    await redis.kill();
    await redis.start();
  }
  await adding;
  await expectAllDone(store);
  stopped.abort();
  await Promise.all(workers);
  for (const { close } of [one, other]) await close();
  await redis.close();
});

test("the store's tasks are all done, once and in order, while Redis is flushed again and again under load", async () => {
  const redis = await startPrivateRedis();
  const one = startQueue(redis.url);
  const other = startQueue(redis.url, { name: one.name });
  const store = createSmallStore();
  const stopped = new AbortController();
  const work = [
    workUntil(stopped.signal, one, store),
    workUntil(stopped.signal, other, store),
    reconcileUntil(stopped.signal, one, store),
  ];
  for (let added = 0; added < 600; added += 1) {
    await other.queue.enqueue([store.record(added % threads)]);
    if (added % 150 === 149) {
      await one.client.flushall();
      await one.client.call("script", ["FLUSH"]);
    }
  }
  await expectAllDone(store);
  stopped.abort();
  await Promise.all(work);
  for (const { close } of [one, other]) await close();
  await redis.close();
});
