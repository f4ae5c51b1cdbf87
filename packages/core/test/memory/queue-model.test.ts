import type { ClaimedEntry } from "@agentbot/core";
import { createMemoryQueue } from "@agentbot/core/memory";
import { createManualClock } from "@agentbot/core/testing";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createQueueModel } from "./support/queue-model.js";

const agingMs = 1000;
const signal = new AbortController().signal;

const step = fc.oneof(
  fc.record({
    kind: fc.constant("enqueue"),
    task: fc.nat(11),
    priority: fc.constantFrom(0, 1, 10),
    delayMs: fc.constantFrom(0, 0, 400),
  }),
  fc.record({ kind: fc.constant("claim"), limit: fc.integer({ min: 1, max: 3 }), leaseMs: fc.constantFrom(300, 2000) }),
  fc.record({
    kind: fc.constantFrom("extend", "retry", "complete", "bury"),
    holder: fc.nat(30),
    durationMs: fc.constantFrom(0, 500),
  }),
  fc.record({ kind: fc.constant("cancel"), task: fc.nat(11) }),
  fc.record({ kind: fc.constant("advance"), durationMs: fc.constantFrom(1, 299, 300, 700) }),
);

type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

/** Twelve tasks in four threads. */
const entryOf = (task: number, priority: number, delayMs: number) => ({
  taskId: `task-${task}`,
  threadId: `thread-${task % 4}`,
  priority,
  installationId: "installation",
  repositoryId: "repository",
  delayMs,
});

async function run(steps: readonly Step[]): Promise<void> {
  const clock = createManualClock();
  const queue = createMemoryQueue({ clock, agingMs });
  const model = createQueueModel(agingMs);
  const holders: { readonly claimed: ClaimedEntry; readonly claim: number }[] = [];

  for (const next of steps) {
    if ("limit" in next) {
      const expected = model.claim(next.limit, next.leaseMs);
      const claimed = await queue.claim({ limit: next.limit, leaseMs: next.leaseMs, waitMs: 0, signal });
      expect(claimed.map(({ entry }) => entry.taskId)).toEqual(expected.map(({ taskId }) => taskId));
      for (const [index, one] of claimed.entries()) holders.push({ claimed: one, claim: expected[index]?.claim ?? 0 });
    } else if ("priority" in next) {
      const entry = entryOf(next.task, next.priority, next.delayMs);
      model.enqueue(entry);
      await queue.enqueue([entry]);
    } else if ("task" in next) {
      expect(await queue.cancel(`task-${next.task}`)).toBe(model.cancel(`task-${next.task}`));
    } else if ("holder" in next) {
      const holder = holders[next.holder];
      if (!holder) continue;
      const { claimed, claim } = holder;
      if (next.kind === "extend") expect(await claimed.extend(800)).toBe(model.extend(claim, 800));
      if (next.kind === "retry") await claimed.release(next.durationMs);
      if (next.kind === "retry") model.retry(claim, next.durationMs);
      if (next.kind === "complete") await claimed.complete();
      if (next.kind === "complete") model.complete(claim);
      if (next.kind === "bury") await claimed.bury("buried");
      if (next.kind === "bury") model.bury(claim);
    } else {
      await clock.advance(next.durationMs);
      model.advance(next.durationMs);
    }
    expect(await queue.stats()).toEqual(model.stats());
  }
}

test("after any history the memory queue answers as the plain reading of its contract does", async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 60, size: "max" }), run), { numRuns: 300 });
});
