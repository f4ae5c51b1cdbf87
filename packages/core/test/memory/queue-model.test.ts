import type { ClaimedEntry, ClaimRequest, QueueEntry } from "@agentbot/core";
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
    entry: fc.nat(11),
    priority: fc.constantFrom(0, 1, 10),
    delayMs: fc.constantFrom(0, 0, 400),
  }),
  fc.record({
    kind: fc.constant("claim"),
    limit: fc.integer({ min: 1, max: 3 }),
    leaseMs: fc.constantFrom(300, 2000),
    of: fc.constantFrom("any", "any", "task", "command"),
  }),
  fc.record({
    kind: fc.constantFrom("extend", "release", "complete", "bury"),
    holder: fc.nat(30),
    durationMs: fc.constantFrom(0, 500),
  }),
  fc.record({ kind: fc.constant("cancel"), entry: fc.nat(11) }),
  fc.record({ kind: fc.constant("advance"), durationMs: fc.constantFrom(1, 299, 300, 700) }),
);

type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

/** Nine tasks in three lanes of two installations, and three commands in a lane of their own. */
const entryOf = (number: number, priority: number, delayMs: number): QueueEntry => ({
  id: `entry-${number}`,
  kind: number % 4 === 3 ? "command" : "task",
  lane: `lane-${number % 4}`,
  installationId: `installation-${number % 2}`,
  priority,
  delayMs,
});

const kindOf = (of: string): Pick<ClaimRequest, "kind"> => (of === "task" || of === "command" ? { kind: of } : {});

async function run(steps: readonly Step[], installationConcurrency: number): Promise<void> {
  const clock = createManualClock();
  const queue = createMemoryQueue({ clock, agingMs, installationConcurrency });
  const model = createQueueModel(agingMs, installationConcurrency);
  const holders: { readonly claimed: ClaimedEntry; readonly claim: number }[] = [];

  for (const next of steps) {
    if ("limit" in next) {
      const request = { limit: next.limit, leaseMs: next.leaseMs, ...kindOf(next.of) };
      const expected = model.claim(request);
      const claimed = await queue.claim({ ...request, waitMs: 0, signal });
      expect(claimed.map(({ entry }) => entry.id)).toEqual(expected.map(({ id }) => id));
      for (const [index, one] of claimed.entries()) holders.push({ claimed: one, claim: expected[index]?.claim ?? 0 });
    } else if ("priority" in next) {
      const entry = entryOf(next.entry, next.priority, next.delayMs);
      model.enqueue(entry);
      await queue.enqueue([entry]);
    } else if ("entry" in next) {
      expect(await queue.cancel(`entry-${next.entry}`)).toBe(model.cancel(`entry-${next.entry}`));
    } else if ("holder" in next) {
      const holder = holders[next.holder];
      if (!holder) continue;
      const { claimed, claim } = holder;
      if (next.kind === "extend") expect(await claimed.extend(800)).toBe(model.extend(claim, 800));
      if (next.kind === "release") await claimed.release(next.durationMs);
      if (next.kind === "release") model.release(claim, next.durationMs);
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

test.each([1, 2, 100])(
  "after any history the memory queue answers as the plain reading of its contract does, with a limit of %i",
  async (installationConcurrency) => {
    const history = fc.array(step, { maxLength: 60, size: "max" });
    const property = fc.asyncProperty(history, (steps) => run(steps, installationConcurrency));
    await fc.assert(property, { numRuns: 200 });
  },
);
