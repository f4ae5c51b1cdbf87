import assert from "node:assert/strict";
import type { Store } from "../../ports/store.js";
import { newTaskId } from "../../task/task-id.js";
import type { ContractClause } from "../contract-cases.js";
import { eventually } from "../eventually.js";
import { beginEventually, beginTask, longLease, shortLease } from "./begin-task.js";
import { recordTask, recordThread } from "./record-task.js";

const overQuota = { status: "queued", cause: "parked", reason: "quota" } as const;
const stopped = { status: "cancelled", reason: "stopped", explanation: "Somebody asked to stop." } as const;

/** Which task may begin, and when. */
export const taskBeginClauses: readonly ContractClause<Store>[] = [
  {
    name: "begin sets running, attempt, fence, agent and start",
    check: async (store) => {
      const { taskId } = await recordTask(store);
      const { task, lease } = await beginTask(store, taskId);
      assert.equal(task.status, "running");
      assert.equal(task.attempt, 1);
      assert.equal(task.agent, "scripted");
      assert.ok(task.startedAt instanceof Date);
      assert.equal(task.finishedAt, null);
      assert.deepEqual(lease, { taskId, fence: task.fence });
      assert.deepEqual(await store.tasks.find(taskId), task);
    },
  },
  {
    name: "a task that is running under a live lease is not begun again",
    check: async (store) => {
      const { taskId } = await recordTask(store);
      const { task } = await beginTask(store, taskId);
      const result = await store.tasks.begin(taskId, longLease);
      assert.equal(result.status, "held");
      assert.ok(result.retryInMs > 0 && result.retryInMs <= longLease.leaseMs);
      assert.deepEqual(await store.tasks.find(taskId), task);
    },
  },
  {
    name: "of 10 concurrent begins one gets the task",
    check: async (store) => {
      const { taskId } = await recordTask(store);
      const results = await Promise.all(Array.from({ length: 10 }, () => store.tasks.begin(taskId, longLease)));
      assert.equal(results.filter(({ status }) => status === "begun").length, 1);
      assert.equal(results.filter(({ status }) => status === "held").length, 9);
      assert.equal((await store.tasks.find(taskId))?.attempt, 1);
    },
  },
  {
    name: "a task whose lease has ended is taken over with a higher fence and another attempt",
    check: async (store) => {
      const { taskId } = await recordTask(store);
      const first = await beginTask(store, taskId, shortLease);
      const second = await beginEventually(store, taskId);
      assert.ok(second.lease.fence > first.lease.fence);
      assert.equal(second.task.attempt, 2);
      assert.deepEqual(second.task.startedAt, first.task.startedAt);
    },
  },
  {
    name: "of 10 workers that want a lapsed task one gets it",
    check: async (store) => {
      const { taskId } = await recordTask(store);
      await beginTask(store, taskId, shortLease);
      const results = await eventually("the lapsed task to be taken over", async () => {
        const round = await Promise.all(Array.from({ length: 10 }, () => store.tasks.begin(taskId, longLease)));
        return round.some(({ status }) => status === "begun") ? round : null;
      });
      assert.equal(results.filter(({ status }) => status === "begun").length, 1);
      assert.equal((await store.tasks.find(taskId))?.attempt, 2);
    },
  },
  {
    name: "an earlier task of the thread that is not final blocks the later ones, in order",
    check: async (store) => {
      const [first, second, third] = await recordThread(store, 3);
      assert.ok(first && second && third);
      const blocked = { status: "blocked", byTaskId: first.taskId };
      assert.deepEqual(await store.tasks.begin(second.taskId, longLease), blocked);
      assert.equal((await store.tasks.begin(third.taskId, longLease)).status, "blocked");
      const { lease } = await beginTask(store, first.taskId);
      assert.deepEqual(await store.tasks.begin(second.taskId, longLease), blocked);
      await store.tasks.settle(lease, stopped);
      assert.deepEqual(await store.tasks.begin(third.taskId, longLease), {
        status: "blocked",
        byTaskId: second.taskId,
      });
      await beginTask(store, second.taskId);
    },
  },
  {
    name: "an earlier task in back-off blocks its thread, whatever the priorities",
    check: async (store) => {
      const first = await recordTask(store, { priority: 30 });
      const second = await recordTask(store, { ...first.draft, priority: 0 }, first.tenant);
      const { lease } = await beginTask(store, first.taskId);
      const settlement = { status: "queued", cause: "retry", reason: "agent_overloaded", delayMs: 600_000 } as const;
      await store.tasks.settle(lease, settlement);
      assert.deepEqual(await store.tasks.begin(second.taskId, longLease), {
        status: "blocked",
        byTaskId: first.taskId,
      });
    },
  },
  {
    name: "a task that waits for its quota is passed by later ones of its thread, then waits for the one that runs",
    check: async (store) => {
      const [first, second, third] = await recordThread(store, 3);
      assert.ok(first && second && third);
      const { lease } = await beginTask(store, first.taskId);
      await store.tasks.settle(lease, { ...overQuota, delayMs: 600_000 });
      const waiting = await store.tasks.begin(first.taskId, longLease);
      assert.ok(waiting.status === "waiting" && waiting.isPassed);
      const { lease: passing } = await beginTask(store, second.taskId);
      assert.equal((await store.tasks.begin(third.taskId, longLease)).status, "blocked");
      const blocked = { status: "blocked", byTaskId: second.taskId };
      assert.deepEqual(await store.tasks.begin(first.taskId, longLease), blocked);
      await store.tasks.settle(passing, stopped);
      await beginTask(store, third.taskId);
    },
  },
  {
    name: "of many concurrent begins in one thread at most one runs",
    check: async (store) => {
      const thread = await recordThread(store, 5);
      const results = await Promise.all(thread.map(({ taskId }) => store.tasks.begin(taskId, longLease)));
      assert.deepEqual(
        results.map(({ status }) => status),
        ["begun", "blocked", "blocked", "blocked", "blocked"],
      );
    },
  },
  {
    name: "threads don't wait for each other",
    check: async (store) => {
      const one = await recordTask(store);
      const other = await recordTask(store, {}, one.tenant);
      await beginTask(store, other.taskId);
      await beginTask(store, one.taskId);
    },
  },
  {
    name: "a task is not begun before it is due, and is after",
    check: async (store) => {
      const { taskId } = await recordTask(store);
      const { lease } = await beginTask(store, taskId);
      await store.tasks.settle(lease, { status: "queued", cause: "retry", reason: "agent_api", delayMs: 600_000 });
      const early = await store.tasks.begin(taskId, longLease);
      assert.equal(early.status, "waiting");
      assert.ok(early.retryInMs > 0 && early.retryInMs <= 600_000);
      const soon = await recordTask(store);
      const begun = await beginTask(store, soon.taskId);
      await store.tasks.settle(begun.lease, { status: "queued", cause: "retry", reason: "agent_api", delayMs: 50 });
      const { task } = await beginEventually(store, soon.taskId);
      assert.equal(task.notBefore, null);
      assert.equal(task.reason, null);
    },
  },
  {
    name: "a final task is final, and an unknown or malformed id unknown",
    check: async (store) => {
      const { taskId } = await recordTask(store);
      const { lease } = await beginTask(store, taskId);
      await store.tasks.settle(lease, stopped);
      assert.deepEqual(await store.tasks.begin(taskId, longLease), { status: "final", taskStatus: "cancelled" });
      for (const unknown of [newTaskId(), "", "no id of ours"]) {
        assert.deepEqual(await store.tasks.begin(unknown, longLease), { status: "unknown" });
        assert.equal(await store.tasks.find(unknown), null);
      }
    },
  },
];
