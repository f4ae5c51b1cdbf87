import { AgentBotError } from "../../errors/agentbot-error.js";
import type { Lease } from "../../task/lease.js";
import type { MemoryState } from "./memory-state.js";
import type { TaskRecord } from "./task-record.js";

/** The running task of this lease, or null when the lease is not its newest. */
export function findHeldTask({ tasks }: MemoryState, { taskId, fence }: Lease): TaskRecord | null {
  const record = tasks.get(taskId);
  return record?.task.status === "running" && record.task.fence === fence ? record : null;
}

/**
 * The running task of this lease: the gate of every write under one.
 *
 * @throws AgentBotError `LEASE_LOST` when the lease is not its newest.
 */
export function heldTask(state: MemoryState, lease: Lease): TaskRecord {
  const record = findHeldTask(state, lease);
  if (record) return record;
  throw new AgentBotError(
    "LEASE_LOST",
    `task ${lease.taskId} is no longer held under fence ${lease.fence}: stop the run and write nothing more`,
    { details: { taskId: lease.taskId, fence: lease.fence } },
  );
}
