import type { ClaimedEntry, QueueEntry } from "@agentbot/core";
import { createMemoryQueue } from "@agentbot/core/memory";
import { createManualClock, queueEntryFixture } from "@agentbot/core/testing";
import fc from "fast-check";
import { expect, test } from "vitest";
import { openPostgresStore } from "../fixtures/open-store.js";
import { withManualTime } from "./support/manual-time.js";
import { emptyQueueSubject } from "./support/queue-subject.js";

const { server } = await openPostgresStore();
const manual = await withManualTime(server);
const agingMs = 60_000;
const signal = new AbortController().signal;

const step = fc.oneof(
  fc.record({
    kind: fc.constant("enqueue"),
    tasks: fc.array(fc.nat(11), { minLength: 1, maxLength: 4 }),
    delayMs: fc.constantFrom(0, 0, 40_000),
  }),
  fc.record({
    kind: fc.constant("claim"),
    limit: fc.integer({ min: 1, max: 3 }),
    leaseMs: fc.constantFrom(30_000, 200_000),
  }),
  fc.record({
    kind: fc.constantFrom("extend", "retry", "complete", "bury"),
    holders: fc.uniqueArray(fc.nat(30), { minLength: 1, maxLength: 3 }),
    durationMs: fc.constantFrom(0, 50_000),
  }),
  fc.record({ kind: fc.constant("cancel"), task: fc.nat(11) }),
  fc.record({ kind: fc.constant("advance"), durationMs: fc.constantFrom(1000, 29_000, 30_000, 70_000) }),
);

type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

/** Twelve tasks of three priorities in four threads. */
function makeTasks(): readonly QueueEntry[] {
  const threads = Array.from({ length: 4 }, () => queueEntryFixture());
  return Array.from({ length: 12 }, (_, task) => {
    const { lane, installationId } = threads[task % 4] ?? queueEntryFixture();
    return queueEntryFixture({ lane, installationId, priority: [0, 1, 3][task % 3] ?? 0 });
  });
}

async function settle(entry: ClaimedEntry, kind: string, durationMs: number): Promise<boolean> {
  if (kind === "extend") return await entry.extend(80_000);
  if (kind === "retry") await entry.release(durationMs);
  if (kind === "complete") await entry.complete();
  if (kind === "bury") await entry.bury("buried");
  return true;
}

async function run(steps: readonly Step[]): Promise<void> {
  const clock = createManualClock();
  const memory = createMemoryQueue({ clock, agingMs });
  const { queue, prepare } = await emptyQueueSubject(manual.database);
  const tasks = makeTasks();
  await prepare?.(tasks);
  await manual.setTime(clock.now());
  const holders: { readonly memory: ClaimedEntry; readonly postgres: ClaimedEntry }[] = [];
  const idOf = (task: number): string => tasks[task]?.id ?? "";

  for (const next of steps) {
    if ("limit" in next) {
      const request = { limit: next.limit, leaseMs: next.leaseMs, waitMs: 0, signal };
      const [expected, claimed] = [await memory.claim(request), await queue.claim(request)];
      expect(claimed.map(({ entry }) => entry.id)).toEqual(expected.map(({ entry }) => entry.id));
      for (const [index, one] of expected.entries()) {
        const other = claimed[index];
        if (other) holders.push({ memory: one, postgres: other });
      }
    } else if ("tasks" in next) {
      const entries = next.tasks.flatMap((task) => ({ ...(tasks[task] ?? []), delayMs: next.delayMs }) as QueueEntry);
      await memory.enqueue(entries);
      await queue.enqueue(entries);
    } else if ("task" in next) {
      expect(await queue.cancel(idOf(next.task))).toBe(await memory.cancel(idOf(next.task)));
    } else if ("holders" in next) {
      const held = next.holders.flatMap((holder) => holders[holder] ?? []);
      const all = (kind: "memory" | "postgres") =>
        Promise.all(held.map((holder) => settle(holder[kind], next.kind, next.durationMs)));
      expect(await all("postgres")).toEqual(await all("memory"));
    } else {
      await clock.advance(next.durationMs);
      await manual.setTime(clock.now());
    }
    expect(await queue.stats()).toEqual(await memory.stats());
  }
  await queue.close();
}

test("after any history the queue on PostgreSQL answers as the one in memory does", async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 60, size: "max" }), run), { numRuns: 60 });
});
