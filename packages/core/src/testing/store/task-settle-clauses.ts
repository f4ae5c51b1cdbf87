import assert from "node:assert/strict";
import type { Store } from "../../ports/store.js";
import type { Settlement } from "../../ports/task-store.js";
import type { ContractClause } from "../contract-cases.js";
import { rejectsWithCode } from "../rejects-with-code.js";
import { beginTask, runningTask, takenOverTask } from "./begin-task.js";
import { fenceClauses } from "./fence-clauses.js";
import { recordTask } from "./record-task.js";

const result = {
  summary: "Waited for the server.",
  branch: "agentbot/1",
  commit: "1f6a7c0d5b0f4f7e8f64f5f0a3f86a3ad5f1b0c2",
  pullRequest: { number: 8, url: "https://acme.example/octocat/hello/pull/8" },
  leftOut: null,
};
const succeeded: Settlement = { status: "succeeded", result };
const backInLine = (cause: "retry" | "released" | "parked", delayMs = 0): Settlement => ({
  status: "queued",
  cause,
  reason: `because_${cause}`,
  delayMs,
});

const runsAfter = async (store: Store, settlement: Settlement, times: number): Promise<readonly number[]> => {
  const { taskId } = await recordTask(store);
  const attempts: number[] = [];
  for (let run = 0; run <= times; run += 1) {
    const { task, lease } = await beginTask(store, taskId);
    attempts.push(task.attempt);
    await store.tasks.settle(lease, settlement);
  }
  return attempts;
};

/** How a run gives its task up. */
export const taskSettleClauses: readonly ContractClause<Store>[] = [
  {
    name: "a succeeded task keeps its result",
    check: async (store) => {
      const { lease, task } = await runningTask(store);
      await store.tasks.settle(lease, succeeded);
      const { finishedAt, ...ended } = (await store.tasks.find(task.id)) ?? { finishedAt: null };
      assert.ok(finishedAt instanceof Date);
      assert.deepEqual({ ...ended, finishedAt: null }, { ...task, status: "succeeded", result });
    },
  },
  {
    name: "a task whose stop was requested before it was queued again is due at once",
    check: async (store) => {
      const { lease, task } = await runningTask(store);
      assert.equal(await store.commands.requestStop(task.id, "stopped"), "requested");
      await store.tasks.settle(lease, backInLine("retry", 600_000));
      assert.equal((await store.tasks.find(task.id))?.notBefore, null);
      assert.ok((await beginTask(store, task.id)).task.cancelRequestedAt instanceof Date);
    },
  },
  {
    name: "a failed and a cancelled task keep their reason",
    check: async (store) => {
      for (const status of ["failed", "cancelled"] as const) {
        const { lease, task } = await runningTask(store);
        await store.tasks.settle(lease, { status, reason: "some_reason", explanation: "In words." });
        const ended = await store.tasks.find(task.id);
        assert.equal(ended?.status, status);
        assert.equal(ended?.reason, "some_reason");
        assert.equal(ended?.result, null);
        assert.ok(ended?.finishedAt instanceof Date);
      }
    },
  },
  {
    name: "a task that is queued again has its reason and time, and is not finished",
    check: async (store) => {
      const { lease, task } = await runningTask(store);
      await store.tasks.settle(lease, backInLine("retry", 600_000));
      const waiting = await store.tasks.find(task.id);
      assert.equal(waiting?.status, "queued");
      assert.equal(waiting?.reason, "because_retry");
      assert.equal(waiting?.finishedAt, null);
      assert.ok(waiting?.notBefore instanceof Date);
      assert.ok(waiting.notBefore.getTime() > (waiting.startedAt?.getTime() ?? Number.NaN));
    },
  },
  {
    name: "each run raises the fence, however the last one ended",
    check: async (store) => {
      const { taskId } = await recordTask(store);
      let last = 0;
      for (const cause of ["retry", "released", "parked"] as const) {
        const { lease } = await beginTask(store, taskId);
        assert.ok(lease.fence > last);
        last = lease.fence;
        await store.tasks.settle(lease, backInLine(cause));
      }
    },
  },
  {
    name: "a retry uses an attempt",
    check: async (store) => assert.deepEqual(await runsAfter(store, backInLine("retry"), 3), [1, 2, 3, 4]),
  },
  {
    name: "a release gives the attempt back 5 times, and counts the sixth time",
    check: async (store) =>
      assert.deepEqual(await runsAfter(store, backInLine("released"), 7), [1, 1, 1, 1, 1, 1, 2, 3]),
  },
  {
    name: "parking gives the attempt back as often as it takes",
    check: async (store) =>
      assert.deepEqual(await runsAfter(store, backInLine("parked"), 8), [1, 1, 1, 1, 1, 1, 1, 1, 1]),
  },
  {
    name: "a refused settlement changes nothing",
    check: async (store) => {
      const { stale, current } = await takenOverTask(store);
      const before = await store.tasks.find(current.taskId);
      for (const settlement of [succeeded, backInLine("retry"), backInLine("released")]) {
        await rejectsWithCode(store.tasks.settle(stale, settlement), "LEASE_LOST");
      }
      assert.deepEqual(await store.tasks.find(current.taskId), before);
    },
  },
  {
    name: "of many concurrent settlements one is stored",
    check: async (store) => {
      const { lease } = await runningTask(store);
      const settled = await Promise.allSettled(Array.from({ length: 5 }, () => store.tasks.settle(lease, succeeded)));
      assert.equal(settled.filter(({ status }) => status === "fulfilled").length, 1);
    },
  },
  ...fenceClauses("settle", ({ tasks }, lease) => tasks.settle(lease, succeeded)),
];
