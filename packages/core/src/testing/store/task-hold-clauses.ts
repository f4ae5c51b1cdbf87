import assert from "node:assert/strict";
import type { Store } from "../../ports/store.js";
import { newTaskId } from "../../task/task-id.js";
import type { ContractClause } from "../contract-cases.js";
import { eventually } from "../eventually.js";
import { beginTask, longLease, recoverTask, shortLease, takenOverTask } from "./begin-task.js";
import { recordTask } from "./record-task.js";

/** How a lease is held. */
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
];
