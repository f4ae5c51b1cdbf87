import assert from "node:assert/strict";
import type { QueueStats } from "../../ports/task-queue.js";
import { newTaskId } from "../../task/task-id.js";
import type { ContractClause } from "../contract-cases.js";
import { queueEntryFixture } from "./queue-entry-fixture.js";
import { add, claim, claimedIds, claimOne, laneEntries } from "./queue-steps.js";
import type { TaskQueueSubject } from "./task-queue-subject.js";

const counts = async ({ queue }: TaskQueueSubject): Promise<Omit<QueueStats, "oldestWaitingMs">> => {
  const { waiting, delayed, claimed, buried } = await queue.stats();
  return { waiting, delayed, claimed, buried };
};

const nothing = { waiting: 0, delayed: 0, claimed: 0, buried: 0 };

/** How entries are added again, taken out and counted. */
export const queueEntryClauses: readonly ContractClause<TaskQueueSubject>[] = [
  {
    name: "an entry that is waiting, delayed or claimed is left as it is when enqueued again",
    check: async (subject) => {
      const [claimed, waiting] = [queueEntryFixture(), queueEntryFixture()];
      const delayed = queueEntryFixture({ delayMs: 600_000 });
      await add(subject, claimed);
      const held = await claimOne(subject);
      await add(subject, waiting, delayed);
      await subject.queue.enqueue([waiting, { ...delayed, delayMs: 0 }, claimed]);
      await subject.queue.enqueue([waiting, waiting]);
      assert.deepEqual(await counts(subject), { ...nothing, waiting: 1, delayed: 1, claimed: 1 });
      assert.deepEqual(claimedIds(await claim(subject)), [waiting.id]);
      assert.equal(await held.extend(600_000), true);
    },
  },
  {
    name: "a buried entry that is enqueued again comes back, last in its lane",
    capability: "enqueue after bury",
    check: async (subject) => {
      const [buried, next] = laneEntries(2);
      assert.ok(buried && next);
      await add(subject, buried, next);
      const former = await claimOne(subject);
      await former.bury("agent_failed");
      await subject.queue.enqueue([buried, buried]);
      assert.deepEqual(await counts(subject), { ...nothing, waiting: 2 });
      const held = await claimOne(subject);
      assert.equal(held.entry.id, next.id);
      await former.complete();
      await held.complete();
      assert.deepEqual(claimedIds(await claim(subject)), [buried.id]);
    },
  },
  {
    name: "enqueueing again does not lose the place",
    check: async (subject) => {
      const [first, second] = [queueEntryFixture(), queueEntryFixture()];
      await add(subject, first, second);
      await subject.queue.enqueue([first]);
      assert.deepEqual(claimedIds(await claim(subject)), [first.id, second.id]);
    },
  },
  {
    name: "a new entry twice in one call is one entry",
    check: async (subject) => {
      const entry = queueEntryFixture();
      await subject.prepare?.([entry]);
      await subject.queue.enqueue([entry, entry]);
      assert.deepEqual(await counts(subject), { ...nothing, waiting: 1 });
      await subject.queue.enqueue([]);
    },
  },
  {
    name: "of many concurrent calls with one entry it is claimed once",
    check: async (subject) => {
      const entry = queueEntryFixture();
      await subject.prepare?.([entry]);
      await Promise.all(Array.from({ length: 20 }, () => subject.queue.enqueue([entry])));
      assert.deepEqual(claimedIds(await claim(subject)), [entry.id]);
    },
  },
  {
    name: "a completed entry is gone, and may be enqueued again",
    capability: "enqueue after complete",
    check: async (subject) => {
      const entry = queueEntryFixture();
      await add(subject, entry);
      await (await claimOne(subject)).complete();
      assert.deepEqual(await counts(subject), nothing);
      await subject.queue.enqueue([entry]);
      assert.deepEqual(claimedIds(await claim(subject)), [entry.id]);
    },
  },
  {
    name: "cancel removes waiting, delayed and buried entries",
    check: async (subject) => {
      const [buried, waiting] = [queueEntryFixture(), queueEntryFixture()];
      const delayed = queueEntryFixture({ delayMs: 600_000 });
      await add(subject, buried);
      await (await claimOne(subject)).bury("unknown version");
      await add(subject, waiting, delayed);
      for (const { id } of [buried, waiting, delayed]) {
        assert.equal(await subject.queue.cancel(id), true);
        assert.equal(await subject.queue.cancel(id), false);
      }
      assert.deepEqual(await counts(subject), nothing);
      assert.deepEqual(await claim(subject), []);
    },
  },
  {
    name: "cancel leaves a claimed entry alone and returns false for an unknown one",
    check: async (subject) => {
      await add(subject, queueEntryFixture());
      const claimed = await claimOne(subject);
      assert.equal(await subject.queue.cancel(claimed.entry.id), false);
      assert.equal(await claimed.extend(600_000), true);
      assert.equal(await subject.queue.cancel(newTaskId()), false);
    },
  },
  {
    name: "cancelling the first or a middle entry of a lane frees the next one",
    check: async (subject) => {
      const [first, second, third] = laneEntries(3);
      assert.ok(first && second && third);
      await add(subject, { ...first, delayMs: 600_000 }, second, third);
      assert.equal(await subject.queue.cancel(second.id), true);
      assert.deepEqual(await claim(subject), []);
      assert.equal(await subject.queue.cancel(first.id), true);
      assert.deepEqual(claimedIds(await claim(subject)), [third.id]);
    },
  },
  {
    name: "stats count every entry once, blocked ones as waiting",
    check: async (subject) => {
      assert.deepEqual(await subject.queue.stats(), { ...nothing, oldestWaitingMs: null });
      const lane = laneEntries(3);
      await add(subject, queueEntryFixture(), ...lane, queueEntryFixture({ delayMs: 600_000 }));
      await (await claimOne(subject)).bury("unknown version");
      await claimOne(subject);
      const { oldestWaitingMs, ...rest } = await subject.queue.stats();
      assert.deepEqual(rest, { waiting: 2, delayed: 1, claimed: 1, buried: 1 });
      assert.ok(oldestWaitingMs !== null && oldestWaitingMs >= 0);
    },
  },
];
