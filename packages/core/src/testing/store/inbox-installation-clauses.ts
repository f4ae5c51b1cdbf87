import assert from "node:assert/strict";
import type { RecordResult } from "../../ports/inbox.js";
import type { Store } from "../../ports/store.js";
import type { InstallationChange, TenantClaim } from "../../task/interpretation.js";
import type { ContractClause } from "../contract-cases.js";
import { deliveryFixture } from "../delivery-fixture.js";
import { repositoryFixture, taskRequestFixture, tenantFixture } from "../task-draft-fixture.js";
import { beginTask } from "./begin-task.js";
import { recordTask } from "./record-task.js";

const change = async (
  { inbox }: Store,
  tenant: TenantClaim,
  kind: InstallationChange["kind"],
  removedRepositoryIds: readonly string[] = [],
  when: Pick<InstallationChange, "occurredAt"> = {},
): Promise<RecordResult> =>
  await inbox.record(deliveryFixture({ dedupeKey: null }), {
    kind: "installation",
    tenant,
    change: { kind, removedRepositoryIds, ...when },
  });

const statusOf = async ({ installations }: Store, tenant: TenantClaim): Promise<string> =>
  (await installations.ensure("acme", tenant)).status;

const ended = [
  { kind: "suspended", reason: "installation_suspended" },
  { kind: "deleted", reason: "installation_deleted" },
] as const;

/** How changes of an installation affect it and its tasks. */
export const inboxInstallationClauses: readonly ContractClause<Store>[] = [
  {
    name: "a change is recorded as ignored with the reason installation_updated, and done once",
    check: async (store) => {
      const tenant = tenantFixture();
      const delivery = deliveryFixture({ dedupeKey: null });
      const request = {
        kind: "installation",
        tenant,
        change: { kind: "suspended", removedRepositoryIds: [] },
      } as const;
      const recorded = await store.inbox.record(delivery, request);
      const { deliveryId } = recorded;
      assert.deepEqual(recorded, { status: "ignored", deliveryId, reason: "installation_updated" });
      const { id } = await store.installations.ensure("acme", tenant);
      assert.equal((await store.inbox.find(deliveryId))?.installationId, id);
      await change(store, tenant, "unsuspended");
      assert.deepEqual(await store.inbox.record(delivery, request), recorded);
      assert.equal(await statusOf(store, tenant), "active");
    },
  },
  {
    name: "created makes an unknown installation active, and suspended and deleted are stored for one",
    check: async (store) => {
      for (const [kind, status] of [
        ["created", "active"],
        ["suspended", "suspended"],
        ["deleted", "deleted"],
      ] as const) {
        const tenant = tenantFixture();
        await change(store, tenant, kind);
        assert.equal(await statusOf(store, tenant), status);
      }
    },
  },
  {
    name: "deleted erases the webhook's secret, and suspended keeps it",
    check: async (store) => {
      for (const [kind, secret] of [
        ["suspended", "secret-1"],
        ["deleted", null],
      ] as const) {
        const tenant = tenantFixture();
        const { id } = await store.installations.ensure("acme", tenant, "secret-1");
        await change(store, tenant, kind);
        assert.equal((await store.installations.find(id))?.webhookSecret, secret);
      }
    },
  },
  ...ended.map(({ kind, reason }) => ({
    name: `${kind} ends waiting tasks and requests the stop of running ones, of this installation only`,
    check: async (store: Store) => {
      const tenant = tenantFixture();
      const running = await recordTask(store, {}, tenant);
      const waiting = await recordTask(store, {}, tenant);
      const behind = await recordTask(store, running.draft, tenant);
      const stranger = await recordTask(store);
      const { lease } = await beginTask(store, running.taskId);
      await change(store, tenant, kind);
      for (const { taskId } of [waiting, behind]) {
        const task = await store.tasks.find(taskId);
        assert.equal(task?.status, "cancelled");
        assert.equal(task?.reason, reason);
        assert.ok(task?.finishedAt instanceof Date);
      }
      assert.equal(await store.tasks.heartbeat(lease, 60_000), "cancel");
      assert.equal((await store.tasks.find(running.taskId))?.status, "running");
      assert.equal((await store.tasks.find(stranger.taskId))?.status, "queued");
    },
  })),
  ...ended.map(({ kind, reason }) => ({
    name: `a request in a ${kind} installation is ignored as ${reason}, and stays so`,
    check: async (store: Store) => {
      const tenant = tenantFixture();
      await change(store, tenant, "created");
      await change(store, tenant, kind);
      const delivery = deliveryFixture();
      const request = taskRequestFixture({}, tenant);
      const refused = await store.inbox.record(delivery, request);
      assert.deepEqual(refused, { status: "ignored", deliveryId: refused.deliveryId, reason });
      await change(store, tenant, kind === "deleted" ? "created" : "unsuspended");
      assert.equal(await statusOf(store, tenant), "active");
      assert.deepEqual(await store.inbox.record(delivery, request), refused);
      assert.equal((await store.inbox.record(deliveryFixture(), request)).status, "accepted");
    },
  })),
  {
    name: "late changes are dropped: the newest by the provider's time stands, and deleted is final",
    check: async (store) => {
      const at = (minute: number) => ({ occurredAt: new Date(Date.UTC(2026, 4, 1, 12, minute)) });
      const histories = [
        { kinds: [["unsuspended", 3] as const, ["created", 1] as const, ["suspended", 2] as const], status: "active" },
        { kinds: [["suspended", 2] as const, ["created", 1] as const], status: "suspended" },
        { kinds: [["deleted", 3] as const, ["unsuspended", 3] as const, ["created", 1] as const], status: "deleted" },
        { kinds: [["unsuspended", 3] as const, ["deleted", 2] as const, ["suspended", 2] as const], status: "deleted" },
      ];
      for (const { kinds, status } of histories) {
        const tenant = tenantFixture();
        for (const [kind, minute] of kinds) await change(store, tenant, kind, [], at(minute));
        assert.equal(await statusOf(store, tenant), status);
      }
      const tenant = tenantFixture();
      await change(store, tenant, "unsuspended", [], at(3));
      const asked = await recordTask(store, {}, tenant);
      await change(store, tenant, "suspended", [], at(2));
      assert.equal((await store.tasks.find(asked.taskId))?.status, "queued");
    },
  },
  {
    name: "repositories_removed ends the tasks of these repositories only",
    check: async (store) => {
      const tenant = tenantFixture();
      const at = { tenant: tenant.externalId };
      const [removed, kept] = [repositoryFixture(at), repositoryFixture(at)];
      const running = await recordTask(store, { repository: removed }, tenant);
      const waiting = await recordTask(store, { repository: removed }, tenant);
      const other = await recordTask(store, { repository: kept }, tenant);
      const { lease } = await beginTask(store, running.taskId);
      await change(store, tenant, "repositories_removed", [removed.id]);
      const task = await store.tasks.find(waiting.taskId);
      assert.equal(task?.status, "cancelled");
      assert.equal(task?.reason, "repository_removed");
      assert.equal(await store.tasks.heartbeat(lease, 60_000), "cancel");
      assert.equal((await store.tasks.find(other.taskId))?.status, "queued");
      assert.equal(await statusOf(store, tenant), "active");
    },
  },
];
