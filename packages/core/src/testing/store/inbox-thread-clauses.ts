import assert from "node:assert/strict";
import type { Store } from "../../ports/store.js";
import type { ContractClause } from "../contract-cases.js";
import { deliveryFixture } from "../delivery-fixture.js";
import { freshId } from "../fresh-id.js";
import { taskDraftFixture, tenantFixture } from "../task-draft-fixture.js";
import { beginTask, longLease } from "./begin-task.js";
import { recordTask, recordThread } from "./record-task.js";

/** Which thread a task joins, and how a busy thread collapses it. */
export const inboxThreadClauses: readonly ContractClause<Store>[] = [
  {
    name: "a task joins the thread that has any of its aliases, and brings its others",
    check: async (store) => {
      const [issue, chat, pullRequest] = [freshId("issue"), freshId("chat"), freshId("pull-request")];
      const first = await recordTask(store, { threadAliases: [issue] });
      const second = await recordTask(store, { threadAliases: [chat, issue] }, first.tenant);
      const third = await recordTask(store, { threadAliases: [pullRequest, chat] }, first.tenant);
      assert.equal(second.entry.lane, first.entry.lane);
      assert.equal(third.entry.lane, first.entry.lane);
      const thread = await store.threads.findById(first.entry.lane);
      const scope = { provider: "acme", tenant: first.tenant.externalId };
      assert.deepEqual(
        thread?.aliases.toSorted((one, other) => one.alias.localeCompare(other.alias)),
        [issue, chat, pullRequest].sort().map((alias) => ({ ...scope, alias })),
      );
    },
  },
  {
    name: "a name that is taken by another thread stays where it is",
    check: async (store) => {
      const [one, other] = [freshId("issue"), freshId("issue")];
      const first = await recordTask(store, { threadAliases: [one] });
      const second = await recordTask(store, { threadAliases: [other] }, first.tenant);
      const both = await recordTask(store, { threadAliases: [other, one] }, first.tenant);
      assert.equal(both.entry.lane, second.entry.lane);
      const thread = await store.threads.find({ provider: "acme", tenant: first.tenant.externalId, alias: one });
      assert.equal(thread?.id, first.entry.lane);
    },
  },
  {
    name: "the same alias in two tenants is two threads",
    check: async (store) => {
      const threadAliases = [freshId("issue")];
      const one = await recordTask(store, { threadAliases });
      const other = await recordTask(store, { threadAliases });
      assert.notEqual(one.entry.lane, other.entry.lane);
      assert.notEqual(one.entry.installationId, other.entry.installationId);
    },
  },
  {
    name: "concurrent deliveries for one new thread make one thread and keep every task",
    check: async (store) => {
      const tenant = tenantFixture();
      const draft = taskDraftFixture({}, tenant);
      const recorded = await Promise.all(
        Array.from({ length: 10 }, () => store.inbox.record(deliveryFixture(), { kind: "task", tenant, draft })),
      );
      const threads = recorded.map((result) => (result.status === "accepted" ? result.entry.lane : result.status));
      assert.equal(new Set(threads).size, 1);
      const { items } = await store.tasks.search({ threadId: threads[0] ?? "" });
      assert.equal(items.length, 10);
    },
  },
  {
    name: "a busy thread collapses a label into the newest task that is not final",
    check: async (store) => {
      const [first, second] = await recordThread(store, 2);
      assert.ok(first && second);
      await beginTask(store, first.taskId);
      const label = deliveryFixture();
      const draft = taskDraftFixture({ ...first.draft, trigger: "label", whenThreadBusy: "collapse" });
      const collapsed = await store.inbox.record(label, { kind: "task", tenant: first.tenant, draft });
      assert.deepEqual(collapsed, {
        status: "duplicate",
        deliveryId: collapsed.deliveryId,
        taskId: second.taskId,
      });
      const found = await store.inbox.find(collapsed.deliveryId);
      assert.deepEqual(found?.verdict, { status: "duplicate", taskId: second.taskId });
      assert.equal(found?.seenCount, 1);
      assert.deepEqual(await store.inbox.record(label, { kind: "task", tenant: first.tenant, draft }), collapsed);
      assert.equal((await store.tasks.search({ threadId: first.entry.lane })).items.length, 2);
    },
  },
  {
    name: "a label is not collapsed into a task that waits for its quota",
    check: async (store) => {
      const first = await recordTask(store, { whenThreadBusy: "collapse" });
      const { lease } = await beginTask(store, first.taskId);
      const overQuota = { status: "queued", cause: "parked", reason: "quota", delayMs: 600_000 } as const;
      await store.tasks.settle(lease, overQuota);
      const second = await recordTask(store, first.draft, first.tenant);
      assert.equal(second.entry.lane, first.entry.lane);
      await beginTask(store, second.taskId);
    },
  },
  {
    name: "a thread whose tasks are all final does not collapse",
    check: async (store) => {
      const first = await recordTask(store, { whenThreadBusy: "collapse" });
      assert.equal(await store.commands.requestStop(first.taskId, "stopped"), "cancelled");
      const second = await recordTask(store, first.draft, first.tenant);
      assert.equal(second.entry.lane, first.entry.lane);
      assert.equal((await store.tasks.begin(second.taskId, longLease)).status, "begun");
    },
  },
  {
    name: "of 10 concurrent different labels on one thread exactly one is accepted",
    check: async (store) => {
      const tenant = tenantFixture();
      const draft = taskDraftFixture({ trigger: "label", whenThreadBusy: "collapse" }, tenant);
      const recorded = await Promise.all(
        Array.from({ length: 10 }, () => store.inbox.record(deliveryFixture(), { kind: "task", tenant, draft })),
      );
      assert.equal(recorded.filter(({ status }) => status === "accepted").length, 1);
      const taskIds = recorded.map((result) => (result.status === "ignored" ? result.reason : result.taskId));
      assert.equal(new Set(taskIds).size, 1);
    },
  },
  {
    name: "labels that come at once on all names of one thread make one task",
    check: async (store) => {
      const names = Array.from({ length: 4 }, () => freshId("name"));
      const first = await recordTask(store, { threadAliases: names });
      assert.equal(await store.commands.requestStop(first.taskId, "stopped"), "cancelled");
      const recorded = await Promise.all(
        names.map((name) => {
          const label = { trigger: "label", whenThreadBusy: "collapse" } as const;
          const draft = taskDraftFixture({ ...first.draft, ...label, threadAliases: [name] });
          return store.inbox.record(deliveryFixture(), { kind: "task", tenant: first.tenant, draft });
        }),
      );
      assert.deepEqual(recorded.map(({ status }) => status).sort(), [
        "accepted",
        "duplicate",
        "duplicate",
        "duplicate",
      ]);
      assert.equal((await store.tasks.search({ threadId: first.entry.lane })).items.length, 2);
    },
  },
];
