import type { Task } from "../../task/task.js";
import { releaseReservation } from "./memory-budget-ledger.js";
import type { MemoryState } from "./memory-state.js";
import { appendEvent, type TaskRecord } from "./task-record.js";

/** Makes a task final: it leaves its thread's line, and gives back what it had reserved and not settled. */
export function endTask(state: MemoryState, record: TaskRecord, end: Pick<Task, "status" | "reason" | "result">): void {
  record.task = { ...record.task, ...end, notBefore: null, finishedAt: state.clock.now() };
  record.leaseUntilMs = null;
  releaseReservation(state, record);
  state.open.delete(record);
  state.threads.get(record.task.threadId)?.open.delete(record);
}

/** Ends a waiting task as cancelled, or asks the worker of a running one to stop; the first request stays. */
export function cancelTask(state: MemoryState, record: TaskRecord, reason: string): "cancelled" | "requested" {
  const { task } = record;
  const now = state.clock.now();
  record.task = {
    ...task,
    cancelRequestedAt: task.cancelRequestedAt ?? now,
    cancelReason: task.cancelReason ?? reason,
  };
  if (task.status !== "queued") return "requested";
  const end = { status: "cancelled", reason: task.cancelReason ?? reason } as const;
  endTask(state, record, { ...end, result: null });
  appendEvent(record, { type: "task:settled", at: now, data: end });
  return "cancelled";
}
