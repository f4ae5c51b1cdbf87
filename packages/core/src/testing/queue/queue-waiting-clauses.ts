import assert from "node:assert/strict";
import { sleep } from "../../lifecycle/system-clock.js";
import type { ContractClause } from "../contract-cases.js";
import { queueEntryFixture } from "./queue-entry-fixture.js";
import { add, claim, claimedIds, claimOne, laneEntries, startClaim } from "./queue-steps.js";
import type { TaskQueueSubject } from "./task-queue-subject.js";

/** Time for a waiting claim to be on its way; the clauses hold whether or not it is. */
const settleMs = 50;

/** How a claim waits, and how its waiting ends. */
export const queueWaitingClauses: readonly ContractClause<TaskQueueSubject>[] = [
  {
    name: "a claim that waits in vain returns an empty array",
    check: async (subject) => assert.deepEqual(await claim(subject, { waitMs: 50 }), []),
  },
  {
    name: "a waiting claim is woken by a new entry",
    check: async (subject) => {
      const entry = queueEntryFixture();
      const waiting = startClaim(subject);
      await sleep(settleMs);
      await add(subject, entry);
      assert.deepEqual(claimedIds(await waiting), [entry.id]);
    },
  },
  {
    name: "a waiting claim is woken when a delayed entry becomes due, and not before",
    check: async (subject) => {
      const entry = queueEntryFixture({ delayMs: 600_000 });
      await add(subject, entry);
      assert.deepEqual(await claim(subject), []);
      const soon = queueEntryFixture({ delayMs: 150 });
      const waiting = startClaim(subject);
      await add(subject, soon);
      assert.deepEqual(claimedIds(await waiting), [soon.id]);
    },
  },
  {
    name: "a waiting claim is woken when its lane is free",
    check: async (subject) => {
      const [first, second] = laneEntries(2);
      assert.ok(first && second);
      await add(subject, first, second);
      const claimed = await claimOne(subject);
      const waiting = startClaim(subject);
      await sleep(settleMs);
      await claimed.complete();
      assert.deepEqual(claimedIds(await waiting), [second.id]);
    },
  },
  {
    name: "a waiting claim is woken when another worker's lease ends",
    check: async (subject) => {
      await add(subject, queueEntryFixture());
      const lost = await claimOne(subject, { leaseMs: 100 });
      const [found] = await startClaim(subject);
      assert.equal(found?.entry.id, lost.entry.id);
    },
  },
  {
    name: "every waiting claim is answered when there are enough entries",
    check: async (subject) => {
      const waiting = Array.from({ length: 3 }, () => startClaim(subject, { limit: 1 }));
      await sleep(settleMs);
      const entries = Array.from({ length: 3 }, () => queueEntryFixture());
      await subject.prepare?.(entries);
      await subject.queue.enqueue(entries);
      const claimed = await Promise.all(waiting);
      assert.deepEqual([...claimedIds(claimed.flat())].sort(), entries.map(({ id }) => id).sort());
    },
  },
  {
    name: "an aborted claim ends with nothing and leaves everything to the others",
    check: async (subject) => {
      const abort = new AbortController();
      const waiting = startClaim(subject, { signal: abort.signal });
      await sleep(settleMs);
      abort.abort();
      assert.deepEqual(await waiting, []);
      const entry = queueEntryFixture();
      await add(subject, entry);
      assert.deepEqual(await claim(subject, { signal: abort.signal }), []);
      assert.deepEqual(claimedIds(await claim(subject)), [entry.id]);
    },
  },
  {
    name: "close ends waiting claims with nothing, and later ones at once; closing again is harmless",
    check: async (subject) => {
      const waiting = [startClaim(subject), startClaim(subject)];
      await sleep(settleMs);
      await Promise.all([subject.queue.close(), subject.queue.close()]);
      assert.deepEqual(await Promise.all(waiting), [[], []]);
      assert.deepEqual(await claim(subject, { waitMs: 120_000 }), []);
      await subject.queue.close();
    },
  },
];
