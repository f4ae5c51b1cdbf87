import type { Task } from "../../task/task.js";
import { releaseReservation } from "./memory-budget-ledger.js";
import type { MemoryState } from "./memory-state.js";
import type { TaskRecord } from "./task-record.js";

/** Makes a task final: it leaves its thread's line, and gives back what it had reserved and not settled. */
export function endTask(state: MemoryState, record: TaskRecord, end: Pick<Task, "status" | "reason" | "result">): void {
  record.task = { ...record.task, ...end, notBefore: null, finishedAt: state.clock.now() };
  record.leaseUntilMs = null;
  releaseReservation(state, record);
  state.open.delete(record);
  state.threads.get(record.task.threadId)?.open.delete(record);
}

/** Ends a waiting task as cancelled, or asks the worker of a running one to stop; the first request's time stays. */
export function cancelTask(state: MemoryState, record: TaskRecord, reason: string): "cancelled" | "requested" {
  if (record.task.status === "queued") {
    endTask(state, record, { status: "cancelled", reason, result: null });
    return "cancelled";
  }
  record.task = { ...record.task, cancelRequestedAt: record.task.cancelRequestedAt ?? state.clock.now() };
  return "requested";
}
