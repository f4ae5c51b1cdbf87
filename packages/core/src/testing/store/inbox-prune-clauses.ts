import assert from "node:assert/strict";
import { sleep } from "../../lifecycle/system-clock.js";
import type { Store } from "../../ports/store.js";
import type { ContractClause } from "../contract-cases.js";
import { deliveryFixture } from "../delivery-fixture.js";
import { taskRequestFixture } from "../task-draft-fixture.js";
import { recordTask } from "./record-task.js";

/** Nothing of a test is that old. */
const never = 3_600_000;
const bodies = { bodiesOlderThanMs: 10, deliveriesOlderThanMs: never, limit: 500 };
const deliveries = { bodiesOlderThanMs: never, deliveriesOlderThanMs: 10, limit: 500 };
const unwanted = { kind: "ignored", reason: "no_mention" } as const;

/** Prunes until nothing is left, as a store that others use may hold more. */
const pruneAll = async ({ inbox }: Store, retention: typeof bodies): Promise<void> => {
  for (let left = 1; left > 0; ) {
    const pruned = await inbox.prune(retention);
    left = pruned.bodies + pruned.deliveries;
  }
};

/** How deliveries are forgotten. */
export const inboxPruneClauses: readonly ContractClause<Store>[] = [
  {
    name: "prune deletes bodies first, and the hash of a delivery still finds its task",
    check: async (store) => {
      const delivery = deliveryFixture({ dedupeKey: null });
      const request = taskRequestFixture();
      const first = await store.inbox.record(delivery, request);
      assert.equal(first.status, "accepted");
      const { deliveryId, taskId } = first;
      await store.inbox.prune({ ...bodies, bodiesOlderThanMs: never });
      assert.ok((await store.inbox.find(deliveryId))?.body);
      await sleep(30);
      await pruneAll(store, bodies);
      const found = await store.inbox.find(deliveryId);
      assert.ok(found);
      assert.equal(found.body, null);
      assert.deepEqual(await store.inbox.record(delivery, request), { status: "duplicate", deliveryId, taskId });
      assert.deepEqual(await store.inbox.prune(bodies), { bodies: 0, deliveries: 0 });
    },
  },
  {
    name: "prune deletes whole deliveries after that, never their tasks",
    check: async (store) => {
      const { taskId } = await recordTask(store);
      const delivery = deliveryFixture();
      const { deliveryId } = await store.inbox.record(delivery, unwanted);
      await sleep(30);
      await pruneAll(store, deliveries);
      assert.equal(await store.inbox.find(deliveryId), null);
      assert.equal((await store.tasks.find(taskId))?.status, "queued");
      const again = await store.inbox.record(delivery, { kind: "ignored", reason: "stale" });
      assert.equal(again.status === "ignored" && again.reason, "stale");
    },
  },
  {
    name: "prune deletes at most its limit, the oldest first, and concurrent calls delete each row once",
    check: async (store) => {
      await sleep(30);
      await pruneAll(store, deliveries);
      const ids: string[] = [];
      for (let count = 0; count < 7; count += 1) {
        ids.push((await store.inbox.record(deliveryFixture(), unwanted)).deliveryId);
      }
      await sleep(30);
      assert.deepEqual(await store.inbox.prune({ ...bodies, limit: 3 }), { bodies: 3, deliveries: 0 });
      const found = await Promise.all(ids.map((id) => store.inbox.find(id)));
      assert.deepEqual(
        found.map((delivery) => delivery?.body === null),
        [true, true, true, false, false, false, false],
      );
      const rounds = await Promise.all([1, 2, 3, 4].map(() => store.inbox.prune({ ...deliveries, limit: 2 })));
      assert.ok(rounds.every((pruned) => pruned.deliveries <= 2));
      const total = rounds.reduce((sum, pruned) => sum + pruned.deliveries, 0);
      const left = (await Promise.all(ids.map((id) => store.inbox.find(id)))).filter((delivery) => delivery !== null);
      assert.equal(left.length, 7 - total);
    },
  },
];
