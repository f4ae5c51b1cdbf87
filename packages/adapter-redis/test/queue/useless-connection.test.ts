import { eventually, queueEntryFixture } from "@agentbot/core/testing";
import { type PrivateRedis, startPrivateRedis } from "@agentbot/test-services";
import { Redis } from "ioredis";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startForwarder } from "./support/start-forwarder.js";
import { startQueue } from "./support/start-queue.js";

let first: PrivateRedis;
let second: PrivateRedis;
beforeEach(async () => {
  [first, second] = [await startPrivateRedis(), await startPrivateRedis()];
});
afterEach(async () => {
  await Promise.all([first.close(), second.close()]);
});

test("a connection whose other end is gone without closing it is replaced", async () => {
  await using forwarder = await startForwarder(first.port);
  await using started = startQueue(forwarder.url, { timeoutMs: 200 });
  const entry = queueEntryFixture();
  await eventually("an entry to be added", () =>
    started.queue.enqueue([entry]).then(
      () => true,
      () => null,
    ),
  );
  forwarder.swallow();
  await eventually("the queue to answer", () =>
    started.queue.stats().then(
      ({ waiting }) => (waiting === 1 ? true : null),
      () => null,
    ),
  );
  expect(forwarder.connectionCount()).toBeGreaterThan(1);
});

test("a connection to a master that became a replica is replaced by one to the new master", async () => {
  await using forwarder = await startForwarder(first.port);
  await using started = startQueue(forwarder.url);
  await started.queue.enqueue([queueEntryFixture()]);
  const admin = new Redis(first.url);
  await admin.replicaof("127.0.0.1", second.port);
  admin.disconnect();
  forwarder.leadTo(second.port);
  const entry = queueEntryFixture();
  await eventually("an entry to be added", () =>
    started.queue.enqueue([entry]).then(
      () => true,
      () => null,
    ),
  );
  expect((await started.claimOne()).entry.id).toBe(entry.id);
});
