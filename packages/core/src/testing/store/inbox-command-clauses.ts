import assert from "node:assert/strict";
import type { Store } from "../../ports/store.js";
import { commandNames } from "../../task/command.js";
import type { ContractClause } from "../contract-cases.js";
import { deliveryFixture } from "../delivery-fixture.js";
import { freshId } from "../fresh-id.js";
import { commandRequestFixture, tenantFixture } from "../task-draft-fixture.js";
import { beginTask, longLease } from "./begin-task.js";
import { recordCommand, recordTask, recordThread } from "./record-task.js";

/** How commands are recorded: never a task, and never behind one. */
export const inboxCommandClauses: readonly ContractClause<Store>[] = [
  {
    name: "a command about a thread is recorded with it, and is answered with the thread's newest task",
    check: async (store) => {
      const [first, newest] = await recordThread(store, 2);
      assert.ok(first && newest);
      const { draft, tenant } = first;
      const delivery = deliveryFixture({ traceparent: "00-trace" });
      const request = commandRequestFixture("stop", { ...draft, isPreauthorized: true }, tenant);
      const recorded = await store.inbox.record(delivery, request);
      assert.equal(recorded.status, "accepted");
      const { deliveryId, entry, taskId } = recorded;
      assert.equal(taskId, newest.taskId);
      assert.deepEqual((await store.inbox.find(deliveryId))?.verdict, { status: "accepted", taskId });
      const { installationId, lane: threadId } = first.entry;
      assert.deepEqual(entry, {
        ...{ id: entry.id, kind: "command", lane: `command:${threadId}`, installationId, priority: 0, delayMs: 0 },
      });
      const command = await store.commands.find(entry.id);
      assert.ok(command?.createdAt instanceof Date);
      const { createdAt: _created, ...rest } = command;
      assert.deepEqual(rest, {
        ...{ id: entry.id, name: "stop", installationId, threadId, isPreauthorized: true, finishedAt: null },
        ...{ actor: draft.actor, origin: draft.origin, repository: draft.repository, traceparent: "00-trace" },
      });
    },
  },
  {
    name: "a command where no task was requested has no thread, and creates none",
    check: async (store) => {
      const { commandId, entry, taskId, draft } = await recordCommand(store, "help", { repository: null });
      assert.equal(taskId, null);
      assert.equal(entry.lane, `command:${commandId}`);
      const command = await store.commands.find(commandId);
      assert.deepEqual([command?.threadId, command?.repository], [null, null]);
      const { provider, tenant } = draft.origin;
      assert.equal(await store.threads.find({ provider, tenant, alias: draft.threadAliases[0] ?? "" }), null);
    },
  },
  {
    name: "a command creates no task, and blocks none of its thread",
    check: async (store) => {
      const { taskId, draft, tenant, entry } = await recordTask(store);
      for (const name of commandNames) await recordCommand(store, name, draft, tenant);
      assert.equal((await store.tasks.search({ threadId: entry.lane })).items.length, 1);
      await beginTask(store, taskId);
    },
  },
  {
    name: "a command is about the thread of any of its names, and gives it no other name",
    check: async (store) => {
      const { entry, tenant, draft } = await recordTask(store);
      const unknown = freshId("chat");
      const aliases = [unknown, ...draft.threadAliases];
      const command = await recordCommand(store, "status", { ...draft, threadAliases: aliases }, tenant);
      assert.equal((await store.commands.find(command.commandId))?.threadId, entry.lane);
      const { provider, tenant: scope } = draft.origin;
      assert.equal(await store.threads.find({ provider, tenant: scope, alias: unknown }), null);
    },
  },
  {
    name: "the same command again is a duplicate: the same bytes, and other bytes with its dedupe key",
    check: async (store) => {
      const { draft, tenant, taskId } = await recordTask(store);
      const delivery = deliveryFixture();
      const request = commandRequestFixture("stop", draft, tenant);
      const before = await store.outbox.count();
      const first = await store.inbox.record(delivery, request);
      assert.equal(first.status, "accepted");
      const { deliveryId } = first;
      assert.deepEqual(await store.inbox.record(delivery, request), { status: "duplicate", deliveryId, taskId });
      const reworded = deliveryFixture({ dedupeKey: delivery.dedupeKey });
      const again = await store.inbox.record(reworded, request);
      assert.deepEqual(again, { status: "duplicate", deliveryId: again.deliveryId, taskId });
      assert.equal((await store.outbox.count()).commands, before.commands + 1);
    },
  },
  {
    name: "of 10 concurrent copies of a command one is recorded",
    check: async (store) => {
      const request = commandRequestFixture("help");
      const dedupeKey = freshId("comment");
      const results = await Promise.all(
        Array.from({ length: 10 }, () => store.inbox.record(deliveryFixture({ dedupeKey }), request)),
      );
      assert.equal(results.filter(({ status }) => status === "accepted").length, 1);
      assert.equal(results.filter(({ status }) => status === "duplicate").length, 9);
    },
  },
  {
    name: "a command is recorded whatever the thread is doing, also where a task would collapse",
    check: async (store) => {
      const { taskId, draft, tenant } = await recordTask(store, { whenThreadBusy: "collapse" });
      await store.tasks.begin(taskId, longLease);
      const command = await recordCommand(store, "stop", draft, tenant);
      assert.equal(command.taskId, taskId);
    },
  },
  ...(["suspended", "deleted"] as const).map(
    (kind): ContractClause<Store> => ({
      name: `a command in a ${kind} installation is ignored, and those it had are no longer open`,
      check: async (store) => {
        const tenant = tenantFixture();
        const other = await recordCommand(store, "help");
        const { commandId } = await recordCommand(store, "help", {}, tenant);
        const before = await store.outbox.count();
        const change = { kind, removedRepositoryIds: [] };
        await store.inbox.record(deliveryFixture(), { kind: "installation", tenant, change });
        const request = commandRequestFixture("help", {}, tenant);
        const ignored = await store.inbox.record(deliveryFixture(), request);
        const { deliveryId } = ignored;
        assert.deepEqual(ignored, { status: "ignored", deliveryId, reason: `installation_${kind}` });
        assert.ok((await store.commands.find(commandId))?.finishedAt instanceof Date);
        assert.equal((await store.commands.find(other.commandId))?.finishedAt, null);
        assert.equal((await store.outbox.count()).commands, before.commands - 1);
      },
    }),
  ),
  {
    name: "a command that is taken back ends no task of its thread",
    check: async (store) => {
      const { taskId, draft, tenant } = await recordTask(store);
      const dedupeKey = freshId("comment");
      const request = commandRequestFixture("status", draft, tenant);
      assert.equal((await store.inbox.record(deliveryFixture({ dedupeKey }), request)).status, "accepted");
      const withdrawal = { kind: "withdrawal", tenant, dedupeKey } as const;
      assert.equal((await store.inbox.record(deliveryFixture({ dedupeKey: null }), withdrawal)).status, "ignored");
      assert.equal((await store.tasks.find(taskId))?.status, "queued");
    },
  },
  {
    name: "a command that comes after it was taken back is ignored",
    check: async (store) => {
      const tenant = tenantFixture();
      const dedupeKey = freshId("comment");
      await store.inbox.record(deliveryFixture({ dedupeKey: null }), { kind: "withdrawal", tenant, dedupeKey });
      const request = commandRequestFixture("help", {}, tenant);
      const recorded = await store.inbox.record(deliveryFixture({ dedupeKey }), request);
      assert.deepEqual(recorded, { status: "ignored", deliveryId: recorded.deliveryId, reason: "withdrawn" });
    },
  },
];
