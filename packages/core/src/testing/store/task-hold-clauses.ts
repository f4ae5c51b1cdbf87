import assert from "node:assert/strict";
import type { Store } from "../../ports/store.js";
import { newTaskId } from "../../task/task-id.js";
import type { ContractClause } from "../contract-cases.js";
import { beginEventually, beginTask, longLease, recoverTask, shortLease, takenOverTask } from "./begin-task.js";
import { recordTask } from "./record-task.js";

/** Begins a task under the first of these leases that the machine is fast enough to hold by a heartbeat before its end. */
async function holdTask(store: Store): Promise<{ readonly taskId: string; readonly leaseMs: number }> {
  for (const leaseMs of [100, 1000, 5000]) {
    const { taskId } = await recordTask(store);
    const { lease } = await beginTask(store, taskId, { ...longLease, leaseMs });
    if ((await store.tasks.heartbeat(lease, 600_000)) === "held") return { taskId, leaseMs };
  }
  assert.fail("the heartbeat under a lease of 5 s that had not ended was lost");
}

/** How a lease is held. */
export const taskHoldClauses: readonly ContractClause<Store>[] = [
  {
    name: "a heartbeat holds the lease beyond its first end",
    check: async (store) => {
      const { taskId, leaseMs } = await holdTask(store);
      const later = await recordTask(store);
      await beginTask(store, later.taskId, { ...longLease, leaseMs });
      // As long a lease, given later: when it has ended, the first end of the held one is over too.
      await beginEventually(store, later.taskId);
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
