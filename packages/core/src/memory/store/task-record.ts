import { AgentBotError } from "../../errors/agentbot-error.js";
import type { QueueEntry } from "../../ports/task-queue.js";
import type { Lease } from "../../task/lease.js";
import { asideLane, isPassed } from "../../task/queued-task.js";
import type { Task } from "../../task/task.js";
import type { TaskEventDraft } from "../../task/task-event.js";
import { releaseReservation } from "./reservations.js";
import type { Tables, TaskRecord } from "./tables.js";

/** Returns the running task of this lease, or null if the lease is not its newest. */
export function findHeldTask({ tasks }: Tables, { taskId, fence }: Lease): TaskRecord | null {
  const record = tasks.get(taskId);
  return record?.task.status === "running" && record.task.fence === fence ? record : null;
}

/**
 * Returns the running task of this lease: the gate of every write under one.
 *
 * @throws AgentBotError `LEASE_LOST` if the lease is not its newest.
 */
export function heldTask(tables: Tables, lease: Lease): TaskRecord {
  const record = findHeldTask(tables, lease);
  if (record) return record;
  throw new AgentBotError(
    "LEASE_LOST",
    `Task ${lease.taskId} is no longer held under fence ${lease.fence}: stop the run and write nothing more.`,
    { details: { taskId: lease.taskId, fence: lease.fence } },
  );
}

/** Adds an event to a task's transcript. */
export function appendEvent(record: TaskRecord, draft: TaskEventDraft): void {
  record.lastSeq += 1;
  record.events.push({ seq: record.lastSeq, ...structuredClone(draft) });
}

/** Returns a task's entry for the queue, due when the task is; beside its thread's line while others may pass it. */
export function taskEntry({ task }: TaskRecord, nowMs: number): QueueEntry {
  return {
    id: task.id,
    kind: "task",
    lane: isPassed(task, new Date(nowMs)) ? asideLane(task) : task.threadId,
    installationId: task.installationId,
    priority: task.priority,
    delayMs: Math.max(0, (task.notBefore?.getTime() ?? 0) - nowMs),
  };
}

/** Makes a task final: it leaves its thread's line, and what it had reserved and not settled is free again. */
export function endTask(tables: Tables, record: TaskRecord, end: Pick<Task, "status" | "reason" | "result">): void {
  record.task = { ...record.task, ...end, notBefore: null, finishedAt: tables.clock.now() };
  record.leaseUntilMs = null;
  releaseReservation(tables, record);
  tables.open.delete(record);
  tables.threads.get(record.task.threadId)?.open.delete(record);
}

/** Ends a waiting task as cancelled, or requests the stop of a running one. The first request's time and reason stay. */
export function cancelTask(tables: Tables, record: TaskRecord, reason: string): "cancelled" | "requested" {
  const { task } = record;
  const now = tables.clock.now();
  const cancelReason = task.cancelReason ?? reason;
  record.task = { ...task, cancelRequestedAt: task.cancelRequestedAt ?? now, cancelReason };
  if (task.status !== "queued") return "requested";
  const end = { status: "cancelled", reason: cancelReason } as const;
  endTask(tables, record, { ...end, result: null });
  appendEvent(record, { type: "task:settled", at: now, data: end });
  return "cancelled";
}
