import type { Store } from "../../ports/store.js";
import type { Lease } from "../../task/lease.js";
import { newTaskId } from "../../task/task-id.js";
import type { ContractClause } from "../contract-cases.js";
import { rejectsWithCode } from "../rejects-with-code.js";
import { beginTask, recoverTask, runningTask, shortLease, takenOverTask } from "./begin-task.js";
import { recordTask } from "./record-task.js";

/** A write under a lease. */
export type FencedWrite = (store: Store, lease: Lease) => Promise<unknown>;

/** The contract of every write under a lease: it is refused with `LEASE_LOST` unless the lease is the running task's newest. */
export function fenceClauses(method: string, write: FencedWrite): readonly ContractClause<Store>[] {
  return [
    {
      name: `${method} is refused after another worker took over, and works for that one`,
      check: async (store) => {
        const { stale, current } = await takenOverTask(store);
        await rejectsWithCode(write(store, stale), "LEASE_LOST");
        await write(store, current);
      },
    },
    {
      name: `${method} is refused after the task was recovered`,
      check: async (store) => {
        const { taskId } = await recordTask(store);
        const { lease } = await beginTask(store, taskId, shortLease);
        await recoverTask(store, taskId);
        await rejectsWithCode(write(store, lease), "LEASE_LOST");
      },
    },
    {
      name: `${method} is refused after the task was settled`,
      check: async (store) => {
        const { lease } = await runningTask(store);
        await store.tasks.settle(lease, { status: "failed", reason: "agent_failed", explanation: "It failed." });
        await rejectsWithCode(write(store, lease), "LEASE_LOST");
      },
    },
    {
      name: `${method} is refused for a fence that was never given and for an unknown task`,
      check: async (store) => {
        const { lease } = await runningTask(store);
        await rejectsWithCode(write(store, { ...lease, fence: lease.fence + 1 }), "LEASE_LOST");
        await rejectsWithCode(write(store, { taskId: newTaskId(), fence: 1 }), "LEASE_LOST");
        await rejectsWithCode(write(store, { taskId: "no id of ours", fence: 1 }), "LEASE_LOST");
      },
    },
  ];
}
