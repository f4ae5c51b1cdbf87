import assert from "node:assert/strict";
import type { Store } from "../../ports/store.js";
import type { TaskEnd } from "../../task/task.js";
import { newTaskId } from "../../task/task-id.js";
import { agentOutcomeFixture, checkpointFixture } from "../checkpoint-fixture.js";
import type { ContractClause } from "../contract-cases.js";
import { deliveryFixture } from "../delivery-fixture.js";
import { beginTask, longLease, runningTask } from "./begin-task.js";
import { recordTask, recordThread } from "./record-task.js";

const failed: TaskEnd = { status: "failed", reason: "agent_auth", explanation: "The key is wrong." };
const outcomeOf = { failed: agentOutcomeFixture({ status: "failed", reason: "agent_auth" }) } as const;

/** Returns a task that was run once and failed, with this checkpoint. */
const failedTask = async (store: Store, checkpoint = checkpointFixture()): Promise<string> => {
  const { lease } = await runningTask(store);
  await store.checkpoints.save(lease, checkpoint);
  await store.tasks.settle(lease, failed);
  return lease.taskId;
};

/** How a task that has ended is queued again. */
export const taskReopenClauses: readonly ContractClause<Store>[] = [
  {
    name: "reopen queues a failed task again, with attempts reset and its spending kept",
    check: async (store) => {
      const { taskId, entry } = await recordTask(store);
      const { lease } = await beginTask(store, taskId);
      await store.checkpoints.save(lease, checkpointFixture());
      await store.tasks.settle(lease, failed);
      const before = await store.tasks.find(taskId);
      assert.deepEqual(await store.tasks.reopen(taskId), { status: "reopened", entry });
      assert.deepEqual(await store.tasks.find(taskId), {
        ...before,
        ...{ status: "queued", reason: "reopened", attempt: 0, startedAt: null, finishedAt: null },
      });
      const again = await beginTask(store, taskId);
      assert.equal(again.task.attempt, 1);
      assert.ok(again.lease.fence > lease.fence);
    },
  },
  {
    name: "reopen clears the stop that ended the task",
    check: async (store) => {
      const { taskId } = await recordTask(store);
      await store.commands.requestStop(taskId, "stopped");
      assert.equal((await store.tasks.reopen(taskId)).status, "reopened");
      const { task, lease } = await beginTask(store, taskId);
      assert.deepEqual([task.cancelRequestedAt, task.cancelReason], [null, null]);
      assert.equal(await store.tasks.heartbeat(lease, 60_000), "held");
    },
  },
  {
    name: "reopen adds an event to the transcript with how the task had ended",
    check: async (store) => {
      const { taskId } = await recordTask(store);
      const { lease } = await beginTask(store, taskId);
      await store.transcript.append(lease, [{ type: "task:begun", at: new Date(), data: { attempt: 1 } }]);
      await store.tasks.settle(lease, failed);
      await store.tasks.reopen(taskId);
      const [, line, ...rest] = await store.transcript.read(taskId, { afterSeq: 0, limit: 10 });
      assert.deepEqual(rest, []);
      assert.ok(line?.at instanceof Date);
      const { at: _at, ...said } = line;
      const data = { status: "failed", reason: "agent_auth", attempt: 1 };
      assert.deepEqual(said, { seq: 2, type: "task:reopened", data });
      const { lease: next } = await beginTask(store, taskId);
      assert.equal(await store.transcript.append(next, [{ type: "task:begun", at: new Date(), data: {} }]), 3);
    },
  },
  {
    name: "a reopened task keeps the finished checkpoint of work that succeeded, and no other",
    check: async (store) => {
      const publishable = await failedTask(store);
      const failedRun = await failedTask(
        store,
        checkpointFixture({ outcome: outcomeOf.failed, commit: null, bundle: null }),
      );
      const unfinished = await failedTask(store, checkpointFixture({ isFinished: false, commit: null, bundle: null }));
      for (const taskId of [publishable, failedRun, unfinished]) await store.tasks.reopen(taskId);
      assert.equal((await store.checkpoints.find(publishable))?.commit, checkpointFixture().commit);
      assert.equal(await store.checkpoints.find(failedRun), null);
      assert.equal(await store.checkpoints.find(unfinished), null);
      const { lease } = await beginTask(store, failedRun);
      await store.checkpoints.save(lease, checkpointFixture());
    },
  },
  {
    name: "a reopened task keeps its effects, so that nothing is done twice",
    check: async (store) => {
      const { lease } = await runningTask(store);
      const effect = { key: `${lease.taskId}/branch`, kind: "branch" };
      await store.effects.intend(lease, effect);
      await store.effects.complete(lease, effect.key, { commit: "c0ffee" });
      await store.tasks.settle(lease, failed);
      await store.tasks.reopen(lease.taskId);
      const { lease: next } = await beginTask(store, lease.taskId);
      const intent = await store.effects.intend(next, effect);
      assert.deepEqual(intent, { status: "performed", result: { commit: "c0ffee" } });
    },
  },
  {
    name: "a reopened task waits behind the open tasks of its thread, and before later ones",
    check: async (store) => {
      const [first, second] = await recordThread(store, 2);
      assert.ok(first && second);
      await store.commands.requestStop(first.taskId, "stopped");
      const running = await beginTask(store, second.taskId);
      assert.equal((await store.tasks.reopen(first.taskId)).status, "reopened");
      const third = await recordTask(store, first.draft, first.tenant);
      assert.deepEqual(await store.tasks.begin(first.taskId, longLease), {
        status: "blocked",
        byTaskId: second.taskId,
      });
      await store.tasks.settle(running.lease, failed);
      assert.equal((await store.tasks.begin(third.taskId, longLease)).status, "blocked");
      await beginTask(store, first.taskId);
      const page = await store.tasks.search({ threadId: first.entry.lane });
      assert.deepEqual(
        page.items.map(({ id }) => id),
        [third.taskId, first.taskId, second.taskId],
      );
    },
  },
  {
    name: "reopen refuses a task that is not final or has succeeded, and finds none for an unknown or malformed id",
    check: async (store) => {
      const { taskId } = await recordTask(store);
      assert.deepEqual(await store.tasks.reopen(taskId), { status: "refused", taskStatus: "queued" });
      const { lease } = await beginTask(store, taskId);
      assert.deepEqual(await store.tasks.reopen(taskId), { status: "refused", taskStatus: "running" });
      const result = { summary: "Done.", branch: null, commit: null, pullRequest: null, leftOut: null };
      await store.tasks.settle(lease, { status: "succeeded", result });
      const before = await store.tasks.find(taskId);
      assert.deepEqual(await store.tasks.reopen(taskId), { status: "refused", taskStatus: "succeeded" });
      assert.deepEqual(await store.tasks.find(taskId), before);
      for (const unknown of [newTaskId(), "", "no id of ours"]) {
        assert.deepEqual(await store.tasks.reopen(unknown), { status: "unknown" });
      }
    },
  },
  {
    name: "of many concurrent calls one reopens the task",
    check: async (store) => {
      const taskId = await failedTask(store);
      const results = await Promise.all(Array.from({ length: 8 }, () => store.tasks.reopen(taskId)));
      assert.equal(results.filter(({ status }) => status === "reopened").length, 1);
      assert.equal(results.filter(({ status }) => status === "refused").length, 7);
      const lines = await store.transcript.read(taskId, { afterSeq: 0, limit: 10 });
      assert.equal(lines.filter(({ type }) => type === "task:reopened").length, 1);
    },
  },
  {
    name: "reopen leaves a task whose installation is suspended or deleted as it is",
    check: async (store) => {
      const { taskId, tenant } = await recordTask(store);
      for (const kind of ["suspended", "deleted"] as const) {
        const change = { kind, removedRepositoryIds: [] };
        await store.inbox.record(deliveryFixture(), { kind: "installation", tenant, change });
        assert.deepEqual(await store.tasks.reopen(taskId), { status: "inactive" });
        assert.equal((await store.tasks.find(taskId))?.status, "cancelled");
      }
    },
  },
];
