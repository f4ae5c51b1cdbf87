import assert from "node:assert/strict";
import type { DeliverySearch } from "../../ports/inbox.js";
import type { Store } from "../../ports/store.js";
import type { ContractClause } from "../contract-cases.js";
import { deliveryFixture } from "../delivery-fixture.js";
import { freshId } from "../fresh-id.js";
import { taskRequestFixture, tenantFixture } from "../task-draft-fixture.js";
import { readPages } from "./read-pages.js";

const ids = (items: readonly { readonly id: string }[]): readonly string[] => items.map(({ id }) => id);

const ignore = async ({ inbox }: Store, overrides: Parameters<typeof deliveryFixture>[0]): Promise<string> =>
  (await inbox.record(deliveryFixture(overrides), { kind: "ignored", reason: "no_mention" })).deliveryId;

/** How deliveries are listed. */
export const inboxListClauses: readonly ContractClause<Store>[] = [
  {
    name: "search lists newest first, and every filter must match",
    check: async (store) => {
      const provider = freshId("provider");
      const externalId = freshId("delivery");
      const first = await ignore(store, { provider, externalId });
      const second = await ignore(store, { provider });
      const request = taskRequestFixture({ whenThreadBusy: "collapse" }, tenantFixture(), provider);
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
    name: "search returns all of a delivery except its body",
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
];
