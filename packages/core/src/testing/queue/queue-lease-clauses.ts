import assert from "node:assert/strict";
import type { ClaimedEntry } from "../../ports/task-queue.js";
import type { ContractClause } from "../contract-cases.js";
import { eventually } from "../eventually.js";
import { queueEntryFixture } from "./queue-entry-fixture.js";
import { add, claim, claimedIds, claimOne, laneEntries } from "./queue-steps.js";
import type { TaskQueueSubject } from "./task-queue-subject.js";

/** Claims the one entry under the first of these leases that the machine is fast enough to extend before its end. */
async function claimAndExtend(
  subject: TaskQueueSubject,
): Promise<{ readonly claimed: ClaimedEntry; readonly leaseMs: number }> {
  for (const leaseMs of [200, 1000, 5000]) {
    const claimed = await claimOne(subject, { leaseMs });
    if (await claimed.extend(600_000)) return { claimed, leaseMs };
  }
  assert.fail("extend returned false for a lease of 5 s that had not ended");
}

/** How a claim is held, ended and lost. */
export const queueLeaseClauses: readonly ContractClause<TaskQueueSubject>[] = [
  {
    name: "a released entry keeps its place before newer ones",
    check: async (subject) => {
      const [first, second] = [queueEntryFixture(), queueEntryFixture()];
      await add(subject, first);
      const claimed = await claimOne(subject);
      await add(subject, second);
      await claimed.release(0);
      assert.equal((await claimOne(subject)).entry.id, first.id);
    },
  },
  {
    name: "a released entry blocks its lane until it is due",
    check: async (subject) => {
      const [first, second] = laneEntries(2);
      assert.ok(first && second);
      await add(subject, first, second);
      await (await claimOne(subject)).release(600_000);
      assert.deepEqual(await claim(subject), []);
      const { claimed, delayed, waiting } = await subject.queue.stats();
      assert.deepEqual({ claimed, delayed, waiting }, { claimed: 0, delayed: 1, waiting: 1 });
    },
  },
  {
    name: "a released entry is claimed again when it is due, before the rest of its lane",
    check: async (subject) => {
      const [first, second] = laneEntries(2);
      assert.ok(first && second);
      await add(subject, first, second);
      await (await claimOne(subject)).release(50);
      const again = await claimOne(subject);
      assert.equal(again.entry.id, first.id);
      await again.complete();
      assert.equal((await claimOne(subject)).entry.id, second.id);
    },
  },
  {
    name: "a buried entry is claimed no more and frees its lane",
    check: async (subject) => {
      const [first, second] = laneEntries(2);
      assert.ok(first && second);
      await add(subject, first, second);
      await (await claimOne(subject)).bury("unknown version");
      assert.deepEqual(claimedIds(await claim(subject)), [second.id]);
      assert.equal((await subject.queue.stats()).buried, 1);
    },
  },
  {
    name: "an extended lease outlives its first end",
    check: async (subject) => {
      const [entry, later] = [queueEntryFixture(), queueEntryFixture()];
      await add(subject, entry);
      const { claimed, leaseMs } = await claimAndExtend(subject);
      await add(subject, later);
      await claimOne(subject, { leaseMs });
      // As long a lease, given later: when it has ended, the first end of the extended one is over too.
      assert.equal((await claimOne(subject)).entry.id, later.id);
      assert.deepEqual(await claim(subject), []);
      assert.equal(await claimed.extend(600_000), true);
    },
  },
  {
    name: "an entry whose lease has ended goes to the next worker, before the rest of its lane",
    check: async (subject) => {
      const [first, second] = laneEntries(2);
      assert.ok(first && second);
      await add(subject, first, second);
      await claimOne(subject, { leaseMs: 50 });
      assert.equal((await claimOne(subject)).entry.id, first.id);
      assert.deepEqual(await claim(subject), []);
    },
  },
  {
    name: "an entry whose lease has ended returns to its old place before newer ones",
    check: async (subject) => {
      const [old, newer] = [queueEntryFixture(), queueEntryFixture()];
      await add(subject, old);
      await claimOne(subject, { leaseMs: 50 });
      await add(subject, newer);
      const claimed = await eventually("the old entry to be claimed", async () => {
        const entries = await claim(subject, { limit: 2 });
        if (entries.some(({ entry }) => entry.id === old.id)) return entries;
        // A queue may notice a lapsed lease a little late: the entry that came instead goes back to its place.
        for (const entry of entries) await entry.release(0);
        return null;
      });
      assert.equal(claimed[0]?.entry.id, old.id);
    },
  },
  {
    name: "a holder whose lease has ended can change nothing",
    check: async (subject) => {
      const [entry, behind] = laneEntries(2);
      assert.ok(entry && behind);
      await add(subject, entry, behind);
      const late = await claimOne(subject, { leaseMs: 50 });
      const holder = await claimOne(subject);
      assert.equal(holder.entry.id, entry.id);
      assert.equal(await late.extend(600_000), false);
      await late.release(0);
      await late.bury("too late");
      await late.complete();
      assert.deepEqual(await claim(subject), []);
      const { waiting, claimed, buried } = await subject.queue.stats();
      assert.deepEqual({ waiting, claimed, buried }, { waiting: 1, claimed: 1, buried: 0 });
      assert.equal(await holder.extend(600_000), true);
    },
  },
  {
    name: "an entry that was given up cannot be given up again",
    check: async (subject) => {
      const entry = queueEntryFixture();
      await add(subject, entry);
      const first = await claimOne(subject);
      await first.release(0);
      const second = await claimOne(subject);
      await first.complete();
      await first.bury("twice");
      assert.equal(await first.extend(600_000), false);
      assert.equal(await second.extend(600_000), true);
      await second.complete();
      await second.release(0);
      assert.equal(await second.extend(600_000), false);
      assert.deepEqual(await claim(subject), []);
    },
  },
];
