import { eventually } from "@agentbot/core/testing";
import { Redis } from "ioredis";
import { expect, onTestFinished, test } from "vitest";
import { describeRun, expectNothingWrong } from "./world/expect-nothing-wrong.js";
import { adminToken } from "./world/process-settings.js";
import { openQueueIndex } from "./world/queue-index.js";
import { isFull } from "./world/random.js";
import { startWorld, type World } from "./world/start-world.js";

const size = isFull ? { rounds: 10, count: 100, timeoutMs: 600_000 } : { rounds: 1, count: 30, timeoutMs: 280_000 };

const ownKeys = "*agent:tasks*";

/** How much memory may be used beyond what is used now, in bytes, and how much is put there. */
const room = 200_000;
const junk = "x".repeat(10_000);

/** Fills Redis until it has dropped a part of the queue; resolves with how many keys of the queue are gone. */
async function evictQueue(admin: Redis): Promise<number> {
  const before = await admin.keys(ownKeys);
  const used = Number(/used_memory:(\d+)/.exec(await admin.info("memory"))?.[1]);
  await admin.config("SET", "maxmemory", String(used + room));
  let filled = 0;
  const gone = await eventually(
    "Redis to drop a part of the queue",
    async () => {
      const pipeline = admin.pipeline();
      for (let index = 0; index < 50; index += 1) pipeline.set(`junk:${filled++}`, junk);
      await pipeline.exec();
      const left = await admin.keys(ownKeys);
      return left.length < before.length ? before.length - left.length : null;
    },
    { everyMs: 50 },
  );
  await admin.config("SET", "maxmemory", "0");
  const filler = await admin.keys("junk:*");
  if (filler.length > 0) await admin.unlink(filler);
  return gone;
}

async function healthOf({ gateways }: World): Promise<{
  readonly status: string;
  readonly checks: { readonly redis: { readonly healthy: boolean; readonly warnings?: readonly string[] } };
}> {
  const headers = { authorization: `Bearer ${adminToken}` };
  const response = await fetch(`${gateways[0]?.url}/health`, { headers });
  return (await response.json()) as never;
}

test(
  "a Redis that drops parts of the queue, or becomes a replica that takes nothing, costs no task and no answer",
  async () => {
    const world = await startWorld({
      ...{ gateways: 1, workers: 2, issues: size.count * size.rounds * 2, isAgentInside: true },
      settings: { agentMs: 20, reconcileIntervalMs: 2000, concurrency: 4 },
      redisSettings: { "maxmemory-policy": "allkeys-lru", appendonly: "yes", appendfsync: "no" },
    });
    onTestFinished(world.close);
    const { sender, redis, workers } = world;
    const admin = new Redis(redis?.url ?? "");
    admin.on("error", () => {});
    onTestFinished(() => admin.disconnect());
    const index = await openQueueIndex(world);
    onTestFinished(() => index.close());
    const warned = /maxmemory-policy is allkeys-lru/;
    expect((await healthOf(world)).checks.redis.warnings).toEqual([expect.stringMatching(warned)]);
    expect(world.logs()).toMatch(warned);

    const backAfterMs: number[] = [];
    const droppedKeys: number[] = [];
    const isIndexed = async (): Promise<void> => {
      const look = async () => ((await index.missing().catch(() => 1)) <= 0 ? true : null);
      await eventually("every task to be in Redis", look, { everyMs: 50 });
    };
    const isBack = async (): Promise<void> => {
      const healedAtMs = performance.now();
      await isIndexed();
      backAfterMs.push(Math.round(performance.now() - healedAtMs));
    };
    for (let round = 0; round < size.rounds; round += 1) {
      // No worker runs: the waiting entries are those that Redis has not accessed for longest.
      for (const worker of workers) await worker.pause();
      await sender.send({ count: size.count });
      // Entries are queued after the answers: none may come while parts of the queue are dropped and counted.
      await isIndexed();
      droppedKeys.push(await evictQueue(admin));
      for (const worker of workers) await worker.resume();
      await isBack();

      const sending = sender.send({ count: size.count, perSecond: 30 });
      await admin.replicaof("127.0.0.1", 1);
      await sending;
      await admin.replicaof("NO", "ONE");
      await isBack();
    }
    const refused = sender.sent.flatMap(({ answers }) => answers).filter(({ status }) => status !== 200).length;
    const measured = { droppedKeys, backAfterMs, refused };
    const verdict = await expectNothingWrong(world, "Redis evicts and is a replica", measured, size.timeoutMs);
    expect(verdict.succeeded, describeRun(world, measured)).toBe(size.count * size.rounds * 2);
    expect(refused).toBe(0);
  },
  size.timeoutMs + 60_000,
);
