import type { ReopenResult } from "../../ports/outbox.js";
import type { MemoryState } from "./memory-state.js";
import { keyOf } from "./memory-state.js";
import { appendEvent, queueEntry, type TaskRecord } from "./task-record.js";

/** Puts a failed or cancelled task back in line, behind what is in its thread's line now. */
export function reopenTask(state: MemoryState, record: TaskRecord): ReopenResult {
  const { task } = record;
  const { status, reason, attempt } = task;
  if (status !== "failed" && status !== "cancelled") return { status: "refused", taskStatus: status };
  if (!isTenantActive(state, record)) return { status: "inactive" };

  const { checkpoint } = record;
  const isPublishable = checkpoint?.isFinished && checkpoint.outcome.status === "succeeded";
  record.checkpoint = isPublishable ? checkpoint : null;
  record.releaseCount = 0;
  record.ordinal = state.nextOrdinal++;
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
  appendEvent(record, { type: "task:reopened", at: state.clock.now(), data: { status, reason, attempt } });
  // Maps and sets keep the order of arrival: to the end of each.
  state.tasks.delete(task.id);
  state.tasks.set(task.id, record);
  state.open.add(record);
  state.threads.get(task.threadId)?.open.add(record);
  return { status: "reopened", entry: queueEntry(record, state.clock.now().getTime()) };
}

function isTenantActive(state: MemoryState, { task: { installationId, repository } }: TaskRecord): boolean {
  const worksIn = state.installationIds.get(keyOf(repository.provider, repository.tenant));
  return [installationId, worksIn]
    .map((id) => state.installations.get(id ?? ""))
    .every((installation) => installation === undefined || installation.status === "active");
}
