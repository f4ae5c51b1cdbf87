import assert from "node:assert/strict";
import { sleep } from "../../lifecycle/sleep.js";
import type { DeliverySearch } from "../../ports/inbox.js";
import type { Store } from "../../ports/store.js";
import type { ContractClause } from "../contract-cases.js";
import { deliveryFixture } from "../delivery-fixture.js";
import { freshId } from "../fresh-id.js";
import { taskDraftFixture, tenantFixture } from "../task-draft-fixture.js";
import { readPages } from "./read-pages.js";
import { recordTask } from "./record-task.js";

const tooYoungMs = 3_600_000;
const ids = (items: readonly { readonly id: string }[]): readonly string[] => items.map(({ id }) => id);

const ignore = async ({ inbox }: Store, overrides: Parameters<typeof deliveryFixture>[0]): Promise<string> =>
  (await inbox.record(deliveryFixture(overrides), { kind: "ignored", reason: "no_mention" })).deliveryId;

/** How deliveries are listed and forgotten. */
export const inboxListClauses: readonly ContractClause<Store>[] = [
  {
    name: "search lists newest first, and every filter must match",
    check: async (store) => {
      const provider = freshId("provider");
      const externalId = freshId("delivery");
      const first = await ignore(store, { provider, externalId });
      const second = await ignore(store, { provider });
      const tenant = tenantFixture();
      const draft = taskDraftFixture({ whenThreadBusy: "collapse" });
      const request = { kind: "task", tenant, draft } as const;
      const third = await store.inbox.record(deliveryFixture({ provider }), request);
      const fourth = await store.inbox.record(deliveryFixture({ provider }), request);
      const search = async (filter: DeliverySearch) => ids((await store.inbox.search(filter)).items);
      assert.deepEqual(await search({ provider }), [fourth.deliveryId, third.deliveryId, second, first]);
      assert.deepEqual(await search({ provider, status: "ignored" }), [second, first]);
      assert.deepEqual(await search({ provider, status: "accepted" }), [third.deliveryId]);
      assert.deepEqual(await search({ provider, status: "duplicate" }), [fourth.deliveryId]);
      assert.deepEqual(await search({ externalId }), [first]);
      assert.deepEqual(await search({ externalId, status: "accepted" }), []);
    },
  },
  {
    name: "search shows all of a delivery but its body",
    check: async (store) => {
      const externalId = freshId("delivery");
      const deliveryId = await ignore(store, { externalId });
      const found = await store.inbox.find(deliveryId);
      assert.ok(found?.body);
      const { body: _, ...summary } = found;
      assert.deepEqual((await store.inbox.search({ externalId })).items, [summary]);
    },
  },
  {
    name: "pages have neither gaps nor repetitions while deliveries come in",
    check: async (store) => {
      const provider = freshId("provider");
      const recorded: string[] = [];
      for (let count = 0; count < 7; count += 1) recorded.push(await ignore(store, { provider }));
      const seen = await readPages(async (cursor) => {
        const page = await store.inbox.search({ provider, limit: 3, ...cursor });
        await ignore(store, { provider });
        return page;
      }, 3);
      assert.deepEqual(ids(seen), recorded.toReversed());
    },
  },
  {
    name: "prune forgets bodies first, and the delivery is still known",
    check: async (store) => {
      const delivery = deliveryFixture({ semanticKey: null });
      const request = { kind: "task", tenant: tenantFixture(), draft: taskDraftFixture() } as const;
      const { deliveryId } = await store.inbox.record(delivery, request);
      await store.inbox.prune({ bodiesOlderThanMs: tooYoungMs, deliveriesOlderThanMs: tooYoungMs });
      assert.ok((await store.inbox.find(deliveryId))?.body);
      await sleep(30);
      const changed = await store.inbox.prune({ bodiesOlderThanMs: 10, deliveriesOlderThanMs: tooYoungMs });
      assert.ok(changed >= 1);
      const found = await store.inbox.find(deliveryId);
      assert.ok(found);
      assert.equal(found.body, null);
      assert.equal((await store.inbox.record(delivery, request)).status, "duplicate");
      assert.equal(await store.inbox.prune({ bodiesOlderThanMs: 10, deliveriesOlderThanMs: tooYoungMs }), 0);
    },
  },
  {
    name: "prune forgets whole deliveries after that, never their tasks",
    check: async (store) => {
      const { taskId } = await recordTask(store);
      const delivery = deliveryFixture();
      const { deliveryId } = await store.inbox.record(delivery, { kind: "ignored", reason: "no_mention" });
      await sleep(30);
      assert.ok((await store.inbox.prune({ bodiesOlderThanMs: 10, deliveriesOlderThanMs: 10 })) >= 2);
      assert.equal(await store.inbox.find(deliveryId), null);
      assert.equal((await store.tasks.find(taskId))?.status, "queued");
      const again = await store.inbox.record(delivery, { kind: "ignored", reason: "stale" });
      assert.equal(again.status === "ignored" && again.reason, "stale");
    },
  },
];
