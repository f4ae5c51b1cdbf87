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

/** Is there something of it at a provider, begun in a run that is not over? A worker has to see to that. */
function isUnderWay({ task, effects }: TaskRecord): boolean {
  return task.status === "running" || (effects.size > 0 && task.reason !== "reopened");
}

/** Asks for the end of a task that is not final, for its own sake: one that is under way is due at once, so that a worker ends it. */
export function cancelTask(state: MemoryState, record: TaskRecord, reason: string): "cancelled" | "requested" {
  const { task } = record;
  if (!isUnderWay(record)) return cancelAtOnce(state, record, reason);
  askToStop(state, record, reason);
  if (task.status === "queued") record.task = { ...record.task, notBefore: null };
  return "requested";
}

/** The first request stays. */
function askToStop(state: MemoryState, record: TaskRecord, reason: string): void {
  const { task } = record;
  record.task = {
    ...task,
    cancelRequestedAt: task.cancelRequestedAt ?? state.clock.now(),
    cancelReason: task.cancelReason ?? reason,
  };
}

/** Ends a waiting task as cancelled, whatever is there of it, or asks the worker of a running one to stop. */
export function cancelAtOnce(state: MemoryState, record: TaskRecord, reason: string): "cancelled" | "requested" {
  const { task } = record;
  const now = state.clock.now();
  askToStop(state, record, reason);
  if (task.status !== "queued") return "requested";
  const end = { status: "cancelled", reason: task.cancelReason ?? reason } as const;
  endTask(state, record, { ...end, result: null });
  appendEvent(record, { type: "task:settled", at: now, data: end });
  return "cancelled";
}
