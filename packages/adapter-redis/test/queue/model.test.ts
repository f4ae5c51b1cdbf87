import type { ClaimedEntry, QueueEntry } from "@agentbot/core";
import { createMemoryQueue } from "@agentbot/core/memory";
import { createManualClock, freshId } from "@agentbot/core/testing";
import fc from "fast-check";
import { Redis } from "ioredis";
import { afterAll, expect, inject, test } from "vitest";
import { createRedisQueue } from "../../src/index.js";
import { withManualTime } from "./support/manual-time.js";

/** Never a multiple of the steps in which time passes: two entries of different priority never rank the same. */
const agingMs = 1003;
const signal = new AbortController().signal;
const client = new Redis(inject("redisUrl"));
afterAll(() => client.disconnect());

const step = fc.oneof(
  fc.record({
    kind: fc.constant("enqueue"),
    tasks: fc.array(fc.nat(11), { minLength: 1, maxLength: 4 }),
    priority: fc.constantFrom(0, 1, 3),
    delayMs: fc.constantFrom(0, 0, 400),
  }),
  fc.record({ kind: fc.constant("claim"), limit: fc.integer({ min: 1, max: 3 }), leaseMs: fc.constantFrom(300, 2000) }),
  fc.record({
    kind: fc.constantFrom("extend", "release", "complete", "bury"),
    holders: fc.uniqueArray(fc.nat(30), { minLength: 1, maxLength: 3 }),
    durationMs: fc.constantFrom(0, 500),
  }),
  fc.record({ kind: fc.constant("cancel"), task: fc.nat(11) }),
  fc.record({ kind: fc.constant("advance"), durationMs: fc.constantFrom(10, 290, 300, 700) }),
);

type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;
type Settling = "extend" | "release" | "complete" | "bury";

/** Twelve tasks in four lanes of two installations. */
const entryOf = (task: number, priority: number, delayMs: number): QueueEntry => ({
  id: `task-${task}`,
  kind: "task",
  lane: `lane-${task % 4}`,
  priority,
  installationId: `installation-${task % 2}`,
  delayMs,
});

async function settle(entry: ClaimedEntry, kind: string, durationMs: number): Promise<boolean | undefined> {
  if (kind === "extend") return await entry.extend(800);
  const settling: Record<Exclude<Settling, "extend">, () => Promise<void>> = {
    release: () => entry.release(durationMs),
    complete: () => entry.complete(),
    bury: () => entry.bury("buried"),
  };
  await settling[kind as Exclude<Settling, "extend">]();
  return undefined;
}

async function run(steps: readonly Step[], limit: { readonly installationConcurrency?: number }): Promise<void> {
  const clock = createManualClock();
  const memory = createMemoryQueue({ clock, agingMs, ...limit });
  const name = freshId("model");
  const manual = withManualTime(client, name);
  await manual.setTime(clock.now().getTime());
  const redis = createRedisQueue({ client: manual, name, agingMs, ...limit });
  const holders: { readonly memory: ClaimedEntry; readonly redis: ClaimedEntry }[] = [];

  for (const next of steps) {
    if ("limit" in next) {
      const request = { limit: next.limit, leaseMs: next.leaseMs, waitMs: 0, signal };
      const [expected, claimed] = [await memory.claim(request), await redis.claim(request)];
      expect(claimed.map(({ entry }) => entry)).toEqual(expected.map(({ entry }) => entry));
      for (const [index, one] of claimed.entries()) {
        const other = expected[index];
        if (other) holders.push({ memory: other, redis: one });
      }
    } else if ("priority" in next) {
      const entries = next.tasks.map((task) => entryOf(task, next.priority, next.delayMs));
      await memory.enqueue(entries);
      await redis.enqueue(entries);
    } else if ("task" in next) {
      expect(await redis.cancel(`task-${next.task}`)).toBe(await memory.cancel(`task-${next.task}`));
    } else if ("holders" in next) {
      const held = next.holders.flatMap((holder) => holders[holder] ?? []);
      const all = (kind: "memory" | "redis") =>
        Promise.all(held.map((holder) => settle(holder[kind], next.kind, next.durationMs)));
      expect(await all("redis")).toEqual(await all("memory"));
    } else {
      await clock.advance(next.durationMs);
      await manual.setTime(clock.now().getTime());
    }
    const stats = await redis.stats();
    expect(stats).toEqual(await memory.stats());
    expect(await client.zcard(name)).toBe(stats.waiting);
  }
}

test.each([
  { what: "without a limit", limit: {} },
  { what: "with a limit of an installation", limit: { installationConcurrency: 2 } },
])("after any history the queue on Redis answers as the one in memory does, $what", async ({ limit }) => {
  const steps = fc.array(step, { maxLength: 60, size: "max" });
  await fc.assert(
    fc.asyncProperty(steps, (history) => run(history, limit)),
    // A slow machine checks fewer histories.
    { numRuns: 150, interruptAfterTimeLimit: 20_000 },
  );
});
