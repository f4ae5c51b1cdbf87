import assert from "node:assert/strict";
import type { Store } from "../../ports/store.js";
import { newTaskId } from "../../task/task-id.js";
import type { ContractClause } from "../contract-cases.js";
import { beginTask, recoverTask, runningTask, shortLease } from "./begin-task.js";
import { recordTask } from "./record-task.js";

/** How a task is stopped. */
export const commandStopClauses: readonly ContractClause<Store>[] = [
  {
    name: "requestStop ends a waiting task at once, and frees its thread",
    check: async (store) => {
      const first = await recordTask(store);
      const second = await recordTask(store, first.draft, first.tenant);
      assert.equal(await store.commands.requestStop(first.taskId, "stopped"), "cancelled");
      const task = await store.tasks.find(first.taskId);
      assert.equal(task?.status, "cancelled");
      assert.equal(task?.reason, "stopped");
      assert.ok(task?.finishedAt instanceof Date);
      await beginTask(store, second.taskId);
    },
  },
  {
    name: "requestStop ends a task in back-off at once",
    check: async (store) => {
      const { lease } = await runningTask(store);
      await store.tasks.settle(lease, { status: "queued", cause: "parked", reason: "daily_budget", delayMs: 600_000 });
      assert.equal(await store.commands.requestStop(lease.taskId, "stopped"), "cancelled");
      assert.equal((await store.tasks.find(lease.taskId))?.notBefore, null);
    },
  },
  {
    name: "requestStop of a task in back-off that has effects makes it due at once, and is requested of the worker of its next run",
    check: async (store) => {
      const { lease } = await runningTask(store);
      const { taskId } = lease;
      await store.effects.intend(lease, { key: `${taskId}/branch`, kind: "branch" });
      await store.tasks.settle(lease, { status: "queued", cause: "retry", reason: "git_failed", delayMs: 600_000 });
      assert.equal(await store.commands.requestStop(taskId, "stopped"), "requested");
      const stopping = await store.tasks.find(taskId);
      assert.deepEqual([stopping?.status, stopping?.notBefore, stopping?.cancelReason], ["queued", null, "stopped"]);
      assert.ok((await beginTask(store, taskId)).task.cancelRequestedAt instanceof Date);
    },
  },
  {
    name: "requestStop ends a reopened task at once, whatever its last run has left",
    check: async (store) => {
      const { lease } = await runningTask(store);
      const { taskId } = lease;
      await store.effects.intend(lease, { key: `${taskId}/branch`, kind: "branch" });
      await store.tasks.settle(lease, { status: "failed", reason: "git_failed", explanation: "No." });
      assert.equal((await store.tasks.reopen(taskId)).status, "reopened");
      assert.equal(await store.commands.requestStop(taskId, "stopped"), "cancelled");
    },
  },
  {
    name: "requestStop of a running task is returned by its heartbeat, under which the worker still holds it",
    check: async (store) => {
      const { lease } = await runningTask(store);
      assert.equal(await store.commands.requestStop(lease.taskId, "stopped"), "requested");
      const stopping = await store.tasks.find(lease.taskId);
      assert.equal(stopping?.status, "running");
      assert.ok(stopping?.cancelRequestedAt instanceof Date);
      assert.equal(await store.tasks.heartbeat(lease, 60_000), "cancel");
      assert.equal(await store.tasks.heartbeat(lease, 60_000), "cancel");
      assert.equal(await store.commands.requestStop(lease.taskId, "stopped"), "requested");
      assert.deepEqual((await store.tasks.find(lease.taskId))?.cancelRequestedAt, stopping.cancelRequestedAt);
      await store.tasks.settle(lease, { status: "cancelled", reason: "stopped", explanation: "Stopped." });
      assert.equal((await store.tasks.find(lease.taskId))?.status, "cancelled");
    },
  },
  {
    name: "requestStop keeps the first reason, also for a running task",
    check: async (store) => {
      const { lease } = await runningTask(store);
      await store.commands.requestStop(lease.taskId, "wrong_repository");
      await store.commands.requestStop(lease.taskId, "stopped");
      assert.equal((await store.tasks.find(lease.taskId))?.cancelReason, "wrong_repository");
      const released = { status: "queued", cause: "released", reason: "worker_stopped", delayMs: 0 } as const;
      await store.tasks.settle(lease, released);
      assert.equal(await store.commands.requestStop(lease.taskId, "stopped"), "cancelled");
      assert.equal((await store.tasks.find(lease.taskId))?.reason, "wrong_repository");
    },
  },
  {
    name: "a waiting task that is cancelled has its end as the last event of its transcript",
    check: async (store) => {
      const { taskId } = await recordTask(store);
      await store.commands.requestStop(taskId, "stopped");
      await store.commands.requestStop(taskId, "stopped");
      const [line, ...rest] = await store.transcript.read(taskId, { afterSeq: 0, limit: 10 });
      assert.deepEqual(rest, []);
      assert.ok(line?.at instanceof Date);
      const { at: _at, ...event } = line;
      assert.deepEqual(event, { seq: 1, type: "task:settled", data: { status: "cancelled", reason: "stopped" } });
    },
  },
  {
    name: "a requested stop outlives the worker that ran the task",
    check: async (store) => {
      const { taskId } = await recordTask(store);
      await beginTask(store, taskId, shortLease);
      assert.equal(await store.commands.requestStop(taskId, "stopped"), "requested");
      await recoverTask(store, taskId);
      const { task, lease } = await beginTask(store, taskId);
      assert.ok(task.cancelRequestedAt instanceof Date);
      assert.equal(await store.tasks.heartbeat(lease, 60_000), "cancel");
    },
  },
  {
    name: "requestStop changes nothing about a final task, and finds no task for an unknown or malformed id",
    check: async (store) => {
      const { taskId } = await recordTask(store);
      await store.commands.requestStop(taskId, "stopped");
      const before = await store.tasks.find(taskId);
      assert.equal(await store.commands.requestStop(taskId, "another"), "final");
      assert.deepEqual(await store.tasks.find(taskId), before);
      for (const unknown of [newTaskId(), "", "no id of ours"]) {
        assert.equal(await store.commands.requestStop(unknown, "stopped"), "unknown");
      }
    },
  },
];
