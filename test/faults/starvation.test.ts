import type { QueueEntry } from "@agentbot/core";
import { queueEntryFixture } from "@agentbot/core/testing";
import { describe, expect, onTestFinished, test } from "vitest";
import { timedQueues } from "./starvation/subjects.js";
import { createRandom, faultSeed, isFull } from "./world/random.js";

/** One task comes, and one is begun, so often: everything that works is always busy. In milliseconds. */
const everyMs = 15_000;
/** The waiting time that equals one priority step, in milliseconds. */
const agingMs = 60_000;
/** Tasks that wait already when the first of low priority comes. */
const backlog = 20;
const count = isFull ? 10_000 : 400;

/** A task, when it came and when it was begun. */
interface Visit {
  readonly entry: QueueEntry;
  readonly cameAtMs: number;
  begunAtMs: number | null;
}

/** An endless stream of commands and mentions, and now and then a label or an alert. */
function planVisits(): Visit[] {
  const random = createRandom(faultSeed);
  return Array.from({ length: count }, (_, index) => {
    const isLow = index >= backlog && random.fraction() < 0.02;
    const priority = isLow ? random.pick([20, 30]) : random.pick([0, 10]);
    const cameAtMs = Math.max(0, index - backlog) * everyMs;
    return { entry: queueEntryFixture({ priority }), cameAtMs, begunAtMs: null };
  });
}

/** Tasks that were begun while one was there that their age, and the steps of priority between them, put before them. */
function overtakings(begun: readonly Visit[]): readonly string[] {
  const rankOf = ({ cameAtMs, entry }: Visit): number => cameAtMs + entry.priority * agingMs;
  const found: string[] = [];
  let bestRank = Number.POSITIVE_INFINITY;
  // From the end: what is begun later, and was there already, must not rank before.
  const waiting: Visit[] = [];
  for (const visit of [...begun].reverse()) {
    bestRank = Math.min(...waiting.filter((other) => other.cameAtMs <= (visit.begunAtMs ?? 0)).map(rankOf));
    if (bestRank < rankOf(visit)) found.push(visit.entry.id);
    waiting.push(visit);
  }
  return found;
}

describe(`of ${count} tasks that come as fast as they are done`, () => {
  test.each(Object.entries(timedQueues))(
    "none of low priority waits longer than its age allows (%s)",
    async (_, open) => {
      const { queue, setTime, prepare, close } = await open();
      onTestFinished(close);
      const visits = planVisits();
      const visitOf = new Map(visits.map((visit) => [visit.entry.id, visit]));
      await prepare(visits.map(({ entry }) => entry));
      const startMs = Date.UTC(2026, 0, 1);
      const begun: Visit[] = [];
      let next = 0;
      for (let nowMs = 0; begun.length < count; nowMs += everyMs) {
        await setTime(new Date(startMs + nowMs));
        const coming = visits.slice(next).findIndex(({ cameAtMs }) => cameAtMs > nowMs);
        const until = coming < 0 ? count : next + coming;
        if (until > next) await queue.enqueue(visits.slice(next, until).map(({ entry }) => entry));
        next = until;
        const signal = new AbortController().signal;
        const [claimed] = await queue.claim({ limit: 1, leaseMs: 600_000, waitMs: 0, signal });
        const visit = visitOf.get(claimed?.entry.id ?? "");
        if (!visit) throw new Error(`nothing was claimed after ${begun.length} tasks`);
        visit.begunAtMs = nowMs;
        begun.push(visit);
        await claimed?.complete();
      }

      const low = visits.filter(({ entry }) => entry.priority >= 20);
      expect(low.length).toBeGreaterThan(count / 100);
      for (const { entry, cameAtMs, begunAtMs } of low) {
        // As many as were there, and as many as come before its age outweighs theirs.
        const boundMs = backlog * everyMs + entry.priority * agingMs;
        expect((begunAtMs ?? Infinity) - cameAtMs).toBeLessThanOrEqual(boundMs);
      }
      expect(overtakings(begun)).toEqual([]);
    },
  );
});
