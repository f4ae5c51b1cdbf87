import assert from "node:assert/strict";
import { sleep } from "../../lifecycle/system-clock.js";
import type { ContractClause } from "../contract-cases.js";
import { commandEntryFixture, queueEntryFixture } from "./queue-entry-fixture.js";
import { add, claim, claimedIds, claimOne, idsOf, startClaim } from "./queue-steps.js";
import type { TaskQueueSubject } from "./task-queue-subject.js";

/** A clause about a queue that was created with `installationConcurrency`. */
const limitClause = (
  name: string,
  installationConcurrency: number,
  check: (subject: TaskQueueSubject) => Promise<void>,
): ContractClause<TaskQueueSubject> => ({
  name,
  capability: "installation concurrency",
  check: async (subject) => {
    assert.ok(subject.createLimited, "the subject has no createLimited, and does not declare that it lacks it");
    const queue = await subject.createLimited(installationConcurrency);
    try {
      await check({ ...subject, queue });
    } finally {
      await queue.close();
    }
  },
});

/** New entries of one installation, each in a lane of its own. */
const tenantEntries = (count: number, installationId = queueEntryFixture().installationId) =>
  Array.from({ length: count }, () => queueEntryFixture({ installationId }));

/** The limit `installationConcurrency`: no installation keeps the workers from the others. */
export const queueLimitClauses: readonly ContractClause<TaskQueueSubject>[] = [
  limitClause("no more tasks of one installation are claimed than its limit, and others go on", 2, async (subject) => {
    const busy = tenantEntries(4);
    const other = queueEntryFixture();
    await add(subject, ...busy, other);
    assert.deepEqual(claimedIds(await claim(subject)), idsOf(...busy.slice(0, 2), other));
    assert.deepEqual(await claim(subject), []);
    const { waiting, claimed } = await subject.queue.stats();
    assert.deepEqual({ waiting, claimed }, { waiting: 2, claimed: 3 });
  }),
  limitClause(
    "the next task of an installation is claimed when one is completed, buried or released",
    1,
    async (subject) => {
      const [first, second, third, fourth] = tenantEntries(4);
      assert.ok(first && second && third && fourth);
      await add(subject, first, second, third, fourth);
      await (await claimOne(subject)).complete();
      await (await claimOne(subject)).bury("unknown version");
      const released = await claimOne(subject);
      assert.equal(released.entry.id, third.id);
      await released.release(600_000);
      assert.deepEqual(claimedIds(await claim(subject)), [fourth.id]);
    },
  ),
  limitClause("the next task of an installation is claimed when a lease ends", 1, async (subject) => {
    const [first, second] = tenantEntries(2);
    assert.ok(first && second);
    await add(subject, first, second);
    await claimOne(subject, { leaseMs: 50 });
    const again = await claimOne(subject);
    assert.equal(again.entry.id, first.id);
    assert.deepEqual(await claim(subject), []);
    await again.complete();
    assert.deepEqual(claimedIds(await claim(subject)), [second.id]);
  }),
  limitClause("a waiting claim is woken when its installation's limit allows another task", 1, async (subject) => {
    const [first, second] = tenantEntries(2);
    assert.ok(first && second);
    await add(subject, first, second);
    const held = await claimOne(subject);
    const waiting = startClaim(subject);
    await held.complete();
    assert.deepEqual(claimedIds(await waiting), [second.id]);
  }),
  limitClause("a cancelled task takes no place under its installation's limit", 1, async (subject) => {
    const [held, cancelled, next] = tenantEntries(3);
    assert.ok(held && cancelled && next);
    await add(subject, held, cancelled, next);
    const claimed = await claimOne(subject);
    assert.deepEqual(await claim(subject), []);
    assert.equal(await subject.queue.cancel(cancelled.id), true);
    assert.deepEqual(await claim(subject), []);
    await claimed.complete();
    assert.deepEqual(claimedIds(await claim(subject)), [next.id]);
  }),
  limitClause("priority and order hold within an installation at its limit", 1, async (subject) => {
    const [held, low, high, last] = tenantEntries(4);
    assert.ok(held && low && high && last);
    await add(subject, held);
    const claimed = await claimOne(subject);
    await add(subject, { ...low, priority: 20 }, high, last);
    assert.deepEqual(await claim(subject), []);
    await claimed.complete();
    for (const expected of [high, last, low]) {
      const next = await claimOne(subject);
      assert.equal(next.entry.id, expected.id);
      await next.complete();
    }
  }),
  limitClause("a command is neither counted nor held back by its installation's limit", 1, async (subject) => {
    const [first, second] = tenantEntries(2);
    assert.ok(first && second);
    const { installationId } = first;
    await add(subject, commandEntryFixture({ installationId }), first, second);
    assert.equal((await claim(subject)).length, 2);
    const stop = commandEntryFixture({ installationId });
    await add(subject, stop);
    assert.deepEqual(claimedIds(await claim(subject)), [stop.id]);
  }),
  limitClause(
    "many workers never hold more tasks of an installation than its limit, and finish all",
    3,
    async (subject) => {
      const entries = Array.from({ length: 3 }, () => tenantEntries(10)).flat();
      await subject.prepare?.(entries);
      await subject.queue.enqueue(entries);
      const held = new Map<string, number>();
      const done: string[] = [];
      const worker = async (): Promise<void> => {
        while (done.length < entries.length) {
          const claimed = await claim(subject, { limit: 2, waitMs: 200 });
          for (const { entry } of claimed) held.set(entry.installationId, (held.get(entry.installationId) ?? 0) + 1);
          assert.ok(Math.max(0, ...held.values()) <= 3, "more tasks of one installation were claimed than its limit");
          await Promise.all(
            claimed.map(async ({ entry, complete }) => {
              await sleep(1);
              held.set(entry.installationId, (held.get(entry.installationId) ?? 0) - 1);
              await complete();
              done.push(entry.id);
            }),
          );
        }
      };
      await Promise.all([worker(), worker(), worker(), worker()]);
      assert.deepEqual(done.sort(), [...idsOf(...entries)].sort());
    },
  ),
];
