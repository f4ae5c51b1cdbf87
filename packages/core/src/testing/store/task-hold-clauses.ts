import assert from "node:assert/strict";
import type { Store } from "../../ports/store.js";
import { newTaskId } from "../../task/task-id.js";
import type { ContractClause } from "../contract-cases.js";
import { eventually } from "../eventually.js";
import { beginTask, longLease, recoverTask, runningTask, shortLease, takenOverTask } from "./begin-task.js";
import { recordTask } from "./record-task.js";

/** How a lease is held, and how a task is stopped. */
export const taskHoldClauses: readonly ContractClause<Store>[] = [
  {
    name: "a heartbeat holds the lease beyond its first end",
    check: async (store) => {
      const { taskId } = await recordTask(store);
      const { lease } = await beginTask(store, taskId, { ...longLease, leaseMs: 400 });
      const begunAt = performance.now();
      await eventually("the first lease to be long over", async () => {
        assert.equal(await store.tasks.heartbeat(lease, 60_000), "held");
        return performance.now() - begunAt > 800 ? true : null;
      });
      assert.equal((await store.tasks.begin(taskId, longLease)).status, "held");
    },
  },
  {
    name: "a heartbeat under an old fence, for a recovered, a final or an unknown task learns that it lost",
    check: async (store) => {
      const { stale, current } = await takenOverTask(store);
      assert.equal(await store.tasks.heartbeat(stale, 60_000), "lost");
      assert.equal(await store.tasks.heartbeat(current, 60_000), "held");
      await store.tasks.settle(current, { status: "failed", reason: "agent_failed", explanation: "It failed." });
      assert.equal(await store.tasks.heartbeat(current, 60_000), "lost");
      const { taskId } = await recordTask(store);
      const { lease } = await beginTask(store, taskId, shortLease);
      await recoverTask(store, taskId);
      assert.equal(await store.tasks.heartbeat(lease, 60_000), "lost");
      assert.equal(await store.tasks.heartbeat({ taskId: newTaskId(), fence: 1 }, 60_000), "lost");
      assert.equal(await store.tasks.heartbeat({ taskId: "no id of ours", fence: 1 }, 60_000), "lost");
    },
  },
  {
    name: "cancel ends a waiting task at once, and frees its thread",
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
    name: "cancel ends a task in back-off at once",
    check: async (store) => {
      const { lease } = await runningTask(store);
      await store.tasks.settle(lease, { status: "queued", cause: "parked", reason: "daily_budget", delayMs: 600_000 });
      assert.equal(await store.commands.requestStop(lease.taskId, "stopped"), "cancelled");
      assert.equal((await store.tasks.find(lease.taskId))?.notBefore, null);
    },
  },
  {
    name: "cancel of a task in back-off that has effects asks the worker of its next run, which is due at once",
    check: async (store) => {
      const { lease } = await runningTask(store);
      const { taskId } = lease;
      await store.effects.intend(lease, { key: `${taskId}/branch`, kind: "branch" });
      await store.tasks.settle(lease, { status: "queued", cause: "retry", reason: "git_failed", delayMs: 600_000 });
      assert.equal(await store.commands.requestStop(taskId, "stopped"), "requested");
      const asked = await store.tasks.find(taskId);
      assert.deepEqual([asked?.status, asked?.notBefore, asked?.cancelReason], ["queued", null, "stopped"]);
      assert.ok((await beginTask(store, taskId)).task.cancelRequestedAt instanceof Date);
    },
  },
  {
    name: "cancel ends a reopened task at once, whatever its last run has left",
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
    name: "cancel asks the worker of a running task, which learns it by its heartbeat and still holds it",
    check: async (store) => {
      const { lease } = await runningTask(store);
      assert.equal(await store.commands.requestStop(lease.taskId, "stopped"), "requested");
      const asked = await store.tasks.find(lease.taskId);
      assert.equal(asked?.status, "running");
      assert.ok(asked?.cancelRequestedAt instanceof Date);
      assert.equal(await store.tasks.heartbeat(lease, 60_000), "cancel");
      assert.equal(await store.tasks.heartbeat(lease, 60_000), "cancel");
      assert.equal(await store.commands.requestStop(lease.taskId, "stopped"), "requested");
      assert.deepEqual((await store.tasks.find(lease.taskId))?.cancelRequestedAt, asked.cancelRequestedAt);
      await store.tasks.settle(lease, { status: "cancelled", reason: "stopped", explanation: "Stopped." });
      assert.equal((await store.tasks.find(lease.taskId))?.status, "cancelled");
    },
  },
  {
    name: "cancel keeps the first reason it was given, for the worker of a running task too",
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
    name: "a waiting task that is cancelled has that as the last line of its transcript",
    check: async (store) => {
      const { taskId } = await recordTask(store);
      await store.commands.requestStop(taskId, "stopped");
      await store.commands.requestStop(taskId, "stopped");
      const [line, ...rest] = await store.transcript.read(taskId, { afterSeq: 0, limit: 10 });
      assert.deepEqual(rest, []);
      assert.ok(line?.at instanceof Date);
      const { at: _at, ...said } = line;
      assert.deepEqual(said, { seq: 1, type: "task:settled", data: { status: "cancelled", reason: "stopped" } });
    },
  },
  {
    name: "a stop outlives the worker it was meant for",
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
    name: "cancel finds nothing to do for a final task, and no task for an unknown or malformed id",
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
