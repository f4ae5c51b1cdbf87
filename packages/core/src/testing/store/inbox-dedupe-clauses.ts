import assert from "node:assert/strict";
import type { Store } from "../../ports/store.js";
import { newTaskId } from "../../task/task-id.js";
import type { ContractClause } from "../contract-cases.js";
import { deliveryFixture } from "../delivery-fixture.js";
import { freshId } from "../fresh-id.js";
import { taskRequestFixture, tenantFixture } from "../task-draft-fixture.js";
import { recordTask } from "./record-task.js";

const unwanted = { kind: "ignored", reason: "no_mention" } as const;

/** Deliveries of a known request, by its dedupe key, in another body. */
export const inboxDedupeClauses: readonly ContractClause<Store>[] = [
  {
    name: "a known dedupe key in another body is a duplicate with the first one's task, found by its own delivery id",
    check: async ({ inbox }) => {
      const dedupeKey = freshId("comment");
      const request = taskRequestFixture();
      const first = await inbox.record(deliveryFixture({ dedupeKey }), request);
      assert.equal(first.status, "accepted");
      const { taskId } = first;
      const draft = deliveryFixture({ dedupeKey, body: Uint8Array.from([0, 255, 7]), traceparent: "00-trace" });
      const again = await inbox.record(draft, request);
      assert.deepEqual(again, { status: "duplicate", deliveryId: again.deliveryId, taskId });
      assert.notEqual(again.deliveryId, first.deliveryId);
      const known = await inbox.find(first.deliveryId);
      assert.deepEqual([known?.seenCount, known?.dedupeKey], [1, dedupeKey]);
      const found = await inbox.find(again.deliveryId);
      assert.ok(found?.body && known);
      const { body: _bytes, ...facts } = draft;
      const { body, receivedAt, ...summary } = found;
      assert.deepEqual(Buffer.from(body), Buffer.from(draft.body));
      assert.deepEqual(summary, {
        ...facts,
        dedupeKey: null,
        id: again.deliveryId,
        verdict: { status: "duplicate", taskId },
        installationId: known.installationId,
        seenCount: 1,
      });
      const { items } = await inbox.search({ externalId: draft.externalId ?? "" });
      assert.deepEqual(items, [{ ...summary, receivedAt }]);
    },
  },
  {
    name: "the other body that comes again is counted where it was stored",
    check: async ({ inbox }) => {
      const dedupeKey = freshId("comment");
      const first = await inbox.record(deliveryFixture({ dedupeKey }), taskRequestFixture());
      const reworded = deliveryFixture({ dedupeKey });
      const again = await inbox.record(reworded, taskRequestFixture());
      for (const externalId of [reworded.externalId, freshId("redelivery"), null]) {
        assert.deepEqual(await inbox.record({ ...reworded, externalId }, taskRequestFixture()), again);
      }
      assert.equal((await inbox.find(again.deliveryId))?.seenCount, 4);
      assert.equal((await inbox.find(first.deliveryId))?.seenCount, 1);
    },
  },
  {
    name: "the dedupe key of an ignored delivery is ignored again with the first reason, in a row of its own",
    check: async ({ inbox }) => {
      const [dedupeKey, externalId] = [freshId("comment"), freshId("delivery")];
      const first = await inbox.record(deliveryFixture({ dedupeKey, externalId }), unwanted);
      const ids = [first.deliveryId];
      for (const request of [{ kind: "ignored", reason: "another" } as const, taskRequestFixture()]) {
        const again = await inbox.record(deliveryFixture({ dedupeKey }), request);
        assert.deepEqual(again, { status: "ignored", deliveryId: again.deliveryId, reason: "no_mention" });
        const found = await inbox.find(again.deliveryId);
        assert.deepEqual(found?.verdict, { status: "ignored", reason: "no_mention" });
        ids.push(again.deliveryId);
      }
      const reused = await inbox.record(deliveryFixture({ dedupeKey, externalId }), unwanted);
      assert.equal(reused.status === "ignored" && reused.isExternalIdReused, true);
      assert.equal(new Set([...ids, reused.deliveryId]).size, 4);
      assert.equal((await inbox.find(first.deliveryId))?.seenCount, 1);
    },
  },
  {
    name: "the dedupe key of a delivery that collapsed into a busy thread's task has that task again",
    check: async (store) => {
      const { taskId, tenant, draft } = await recordTask(store);
      const dedupeKey = freshId("label");
      const request = { kind: "task", tenant, draft: { ...draft, whenThreadBusy: "collapse" } } as const;
      const first = await store.inbox.record(deliveryFixture({ dedupeKey }), request);
      assert.equal(await store.commands.requestStop(taskId, "stopped"), "cancelled");
      const again = await store.inbox.record(deliveryFixture({ dedupeKey }), request);
      assert.deepEqual(again, { status: "duplicate", deliveryId: again.deliveryId, taskId });
      assert.notEqual(again.deliveryId, first.deliveryId);
    },
  },
  {
    name: "the same dedupe key at another endpoint is another request",
    check: async ({ inbox }) => {
      const dedupeKey = freshId("comment");
      for (const endpoint of ["acme", `acme/${newTaskId()}`]) {
        const recorded = await inbox.record(deliveryFixture({ dedupeKey, endpoint }), taskRequestFixture());
        assert.equal(recorded.status, "accepted");
      }
    },
  },
  {
    name: "of 40 concurrent bodies with one dedupe key one is accepted, and 39 are duplicates with rows of their own",
    check: async ({ inbox, tasks }) => {
      const [dedupeKey, provider] = [freshId("comment"), freshId("provider")];
      const request = taskRequestFixture({}, tenantFixture(), provider);
      const results = await Promise.all(
        Array.from({ length: 40 }, () => inbox.record(deliveryFixture({ dedupeKey, provider }), request)),
      );
      const [accepted, ...others] = results.filter(({ status }) => status === "accepted");
      assert.ok(accepted?.status === "accepted" && others.length === 0);
      const { taskId, entry } = accepted;
      assert.equal((await tasks.search({ threadId: entry.lane })).items.length, 1);
      const stored = (await inbox.search({ provider, limit: 100 })).items;
      assert.deepEqual(stored.map(({ id }) => id).sort(), results.map(({ deliveryId }) => deliveryId).sort());
      const duplicates = stored.filter(({ verdict }) => verdict.status === "duplicate" && verdict.taskId === taskId);
      assert.equal(duplicates.length, 39);
      assert.ok(stored.every(({ seenCount }) => seenCount === 1));
    },
  },
  {
    name: "of 20 concurrent copies of each of two bodies with one dedupe key each body is one row",
    check: async ({ inbox }) => {
      const [dedupeKey, provider] = [freshId("comment"), freshId("provider")];
      const request = taskRequestFixture({}, tenantFixture(), provider);
      const bodies = [deliveryFixture({ dedupeKey, provider }), deliveryFixture({ dedupeKey, provider })];
      const results = await Promise.all(
        Array.from({ length: 20 }, () => bodies).flatMap((all) => all.map((draft) => inbox.record(draft, request))),
      );
      assert.equal(results.filter(({ status }) => status === "accepted").length, 1);
      const { items } = await inbox.search({ provider });
      assert.deepEqual(
        items.map(({ seenCount }) => seenCount),
        [20, 20],
      );
    },
  },
];
