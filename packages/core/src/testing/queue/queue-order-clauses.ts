import assert from "node:assert/strict";
import { sleep } from "../../lifecycle/system-clock.js";
import type { ClaimedEntry } from "../../ports/task-queue.js";
import type { ContractClause } from "../contract-cases.js";
import { queueEntryFixture } from "./queue-entry-fixture.js";
import { add, claim, claimedIds, claimOne, idsOf, laneEntries } from "./queue-steps.js";
import type { TaskQueueSubject } from "./task-queue-subject.js";

/** The order in which entries are claimed. */
export const queueOrderClauses: readonly ContractClause<TaskQueueSubject>[] = [
  {
    name: "an entry is claimed as it was enqueued",
    check: async (subject) => {
      const entry = queueEntryFixture();
      await add(subject, entry);
      const claimed = await claim(subject);
      assert.deepEqual(
        claimed.map((one) => one.entry),
        [entry],
      );
    },
  },
  {
    name: "lower priority comes first, and first in first out within one",
    check: async (subject) => {
      const priorities = [20, 10, 30, 10, 0, 20];
      const entries = priorities.map((priority) => queueEntryFixture({ priority }));
      await add(subject, ...entries);
      const order = [4, 1, 3, 0, 5, 2].map((index) => entries[index]?.id);
      assert.deepEqual(claimedIds(await claim(subject)), order);
    },
  },
  {
    name: "entries of one call keep their order",
    check: async (subject) => {
      const entries = Array.from({ length: 20 }, () => queueEntryFixture());
      await subject.prepare?.(entries);
      await subject.queue.enqueue(entries);
      const claimed = [];
      for (const _ of entries) claimed.push(await claimOne(subject));
      assert.deepEqual(claimedIds(claimed), idsOf(...entries));
    },
  },
  {
    name: "a claim takes no more than its limit",
    check: async (subject) => {
      const entries = Array.from({ length: 5 }, () => queueEntryFixture());
      await add(subject, ...entries);
      assert.deepEqual(claimedIds(await claim(subject, { limit: 2 })), idsOf(...entries.slice(0, 2)));
      assert.deepEqual(claimedIds(await claim(subject, { limit: 2 })), idsOf(...entries.slice(2, 4)));
      assert.deepEqual(claimedIds(await claim(subject, { limit: 2 })), idsOf(...entries.slice(4)));
      assert.deepEqual(await claim(subject), []);
    },
  },
  {
    name: "one entry of a lane is claimed at a time, in order, while other lanes go on",
    check: async (subject) => {
      const [first, second, third] = laneEntries(3);
      const other = queueEntryFixture();
      assert.ok(first && second && third);
      await add(subject, first, second, third, other);
      const [claimed, ...rest] = await claim(subject);
      assert.equal(claimed?.entry.id, first.id);
      assert.deepEqual(claimedIds(rest), [other.id]);
      assert.deepEqual(await claim(subject), []);
      await claimed?.complete();
      const next = await claim(subject);
      assert.deepEqual(claimedIds(next), [second.id]);
      await next[0]?.complete();
      assert.deepEqual(claimedIds(await claim(subject)), [third.id]);
    },
  },
  {
    name: "order within a lane counts more than priority",
    check: async (subject) => {
      const [low, high] = laneEntries(2);
      assert.ok(low && high);
      await add(subject, { ...low, priority: 30 }, { ...high, priority: 0 });
      const claimed = await claimOne(subject);
      assert.equal(claimed.entry.id, low.id);
      await claimed.complete();
      assert.equal((await claimOne(subject)).entry.id, high.id);
    },
  },
  {
    name: "a delayed entry holds back later ones of its lane",
    check: async (subject) => {
      const [delayed, later] = laneEntries(2);
      assert.ok(delayed && later);
      await add(subject, { ...delayed, delayMs: 600_000 }, later);
      assert.deepEqual(await claim(subject), []);
    },
  },
  {
    name: "many workers share many lanes without ever holding two of one, in order",
    check: async (subject) => {
      const lanes = Array.from({ length: 5 }, () => laneEntries(8));
      const entries = Array.from({ length: 8 }, (_, index) => lanes.flatMap((lane) => lane.slice(index, index + 1)));
      await add(subject, ...entries.flat());
      const held = new Set<string>();
      const done = new Map<string, string[]>();
      const work = async ({ entry: { lane, id }, complete }: ClaimedEntry): Promise<void> => {
        assert.ok(!held.has(lane), "two entries of one lane were claimed at once");
        held.add(lane);
        done.set(lane, [...(done.get(lane) ?? []), id]);
        await sleep(1);
        held.delete(lane);
        await complete();
      };
      const worker = async (): Promise<void> => {
        for (;;) {
          const claimed = await claim(subject, { limit: 2, waitMs: 500 });
          if (claimed.length === 0) return;
          await Promise.all(claimed.map(work));
        }
      };
      await Promise.all([worker(), worker(), worker(), worker()]);
      for (const lane of lanes) assert.deepEqual(done.get(lane[0]?.lane ?? ""), idsOf(...lane));
    },
  },
];
