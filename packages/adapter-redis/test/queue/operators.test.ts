import { freshId, queueEntryFixture } from "@agentbot/core/testing";
import { Cluster, Redis } from "ioredis";
import { expect, inject, test } from "vitest";
import { createRedisQueue } from "../../src/index.js";
import { startQueue } from "./support/start-queue.js";

const url = inject("redisUrl");

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
      .map(({ id }) => id)
      .toSorted(),
  );
});

test("claims of different leases wait side by side without calls again and again", async () => {
  await using started = startQueue(url);
  const signal = new AbortController().signal;
  let calls = 0;
  const { client } = started;
  const send = client.sendCommand.bind(client);
  client.sendCommand = (...sent) => {
    calls += 1;
    return send(...sent);
  };
  const answers = [30_000, 60_000].map((leaseMs) => started.queue.claim({ limit: 1, leaseMs, waitMs: 700, signal }));
  expect(await Promise.all(answers)).toEqual([[], []]);
  expect(calls).toBeLessThan(10);
});

test("a queue closes while another one of the same client is busy", async () => {
  await using started = startQueue(url);
  const other = createRedisQueue({ client: started.client, name: started.name });
  let isBusy = true;
  const work = async (): Promise<void> => {
    while (isBusy) {
      await started.queue.enqueue([queueEntryFixture()]);
      for (const claimed of await started.claim()) await claimed.complete();
    }
  };
  const working = work();
  await other.close();
  isBusy = false;
  await working;
});

test("a client that returns numbers as text works the same", async () => {
  const client = new Redis(url, { stringNumbers: true });
  const queue = createRedisQueue({ client, name: freshId("queue") });
  const signal = new AbortController().signal;
  expect(await queue.claim({ limit: 1, leaseMs: 1000, waitMs: 0, signal })).toEqual([]);
  const entry = queueEntryFixture();
  await queue.enqueue([entry]);
  expect(await queue.cancel(entry.id)).toBe(true);
  await queue.close();
  client.disconnect();
});

test("a Cluster whose prefix would separate the keys is refused with a remedy", () => {
  const make = (keyPrefix: string) => {
    const client = new Cluster([{ host: "127.0.0.1", port: 1 }], { keyPrefix, lazyConnect: true });
    client.on("error", () => {});
    return () => createRedisQueue({ client });
  };
  expect(make("bot:")).toThrow(/client: must be a Cluster without keyPrefix, or with a hash tag in it/);
  expect(make("{bot}:")).not.toThrow();
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
