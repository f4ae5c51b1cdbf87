import type { ReopenResult } from "../../ports/task-store.js";
import { findByExternalId } from "./memory-installation-store.js";
import type { Tables, TaskRecord } from "./tables.js";
import { appendEvent, taskEntry } from "./task-record.js";

/** Queues a failed or cancelled task again, last in its thread. */
export function reopenTask(tables: Tables, record: TaskRecord): ReopenResult {
  const { task } = record;
  const { status, reason, attempt } = task;
  if (status !== "failed" && status !== "cancelled") return { status: "refused", taskStatus: status };
  if (!isActive(tables, record)) return { status: "inactive" };

  const { checkpoint } = record;
  const isPublishable = checkpoint?.isFinished && checkpoint.outcome.status === "succeeded";
  record.checkpoint = isPublishable ? checkpoint : null;
  record.releaseCount = 0;
  record.ordinal = tables.nextOrdinal++;
  record.task = {
    ...task,
    status: "queued",
    reason: "reopened",
    attempt: 0,
    notBefore: null,
    cancelRequestedAt: null,
    cancelReason: null,
    result: null,
    startedAt: null,
    finishedAt: null,
  };
  appendEvent(record, { type: "task:reopened", at: tables.clock.now(), data: { status, reason, attempt } });
  // Maps and sets keep the order of arrival: to the end of each.
  tables.tasks.delete(task.id);
  tables.tasks.set(task.id, record);
  tables.open.add(record);
  const thread = tables.threads.get(task.threadId);
  if (thread) {
    thread.open.add(record);
    thread.newest = record;
  }
  return { status: "reopened", entry: taskEntry(record, tables.clock.now().getTime()) };
}

/** Returns true unless the installation of the task's origin, or of its repository, is suspended or deleted. */
function isActive(tables: Tables, { task: { installationId, repository } }: TaskRecord): boolean {
  const origin = tables.installations.get(installationId);
  const host = repository && findByExternalId(tables, repository.provider, repository.tenant);
  return [origin, host].every((installation) => !installation || installation.status === "active");
}
