import { eventually, queueEntryFixture } from "@agentbot/core/testing";
import { Redis } from "ioredis";
import { Redis as Redis5 } from "ioredis-5";
import { expect, test } from "vitest";
import { connectRedis, createRedisQueue, redisRetryStrategy } from "../../src/index.js";
import { masterName, startWatchedRedis } from "./support/start-sentinel.js";

const settings = { retryStrategy: redisRetryStrategy({ baseMs: 10, capMs: 50 }), maxRetriesPerRequest: 1 };

test.each([
  { release: "ioredis 6", make: (port: number) => new Redis({ ...settings, ...at(port) }) },
  { release: "ioredis 5", make: (port: number) => new Redis5({ ...settings, ...at(port) }) },
])("a queue with $release continues on the server that Sentinel has made the master", async ({ make }) => {
  const watched = await startWatchedRedis();
  const client = make(watched.sentinelPort);
  client.on("error", () => {});
  const connection = await connectRedis({ client });
  const queue = createRedisQueue({ client });
  const signal = new AbortController().signal;
  try {
    const before = queueEntryFixture();
    await queue.enqueue([before]);
    const waiting = eventually("the entry that came before", async () => {
      const claimed = await queue.claim({ limit: 5, leaseMs: 60_000, waitMs: 500, signal }).catch(() => []);
      return claimed[0] ?? null;
    });
    expect((await waiting).entry).toEqual(before);

    await watched.master.kill();
    const after = queueEntryFixture();
    // As a reconciler does: until it is taken.
    await eventually("an entry to be added to the new master", () =>
      queue.enqueue([after]).then(
        () => true,
        () => null,
      ),
    );
    const next = await eventually("the entry that came after", async () => {
      const claimed = await queue.claim({ limit: 5, leaseMs: 60_000, waitMs: 500, signal }).catch(() => []);
      return claimed.find(({ entry }) => entry.id === after.id) ?? null;
    });
    await next.complete();
    const admin = new Redis(watched.replica.url);
    expect(await admin.call("role")).toContain("master");
    admin.disconnect();
  } finally {
    await queue.close();
    connection.stop();
    client.disconnect();
    await watched.close();
  }
});

function at(sentinelPort: number) {
  return { sentinels: [{ host: "127.0.0.1", port: sentinelPort }], name: masterName };
}
