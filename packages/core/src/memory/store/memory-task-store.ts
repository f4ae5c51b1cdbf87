import { checkNumbers } from "../../inbox/check-numbers.js";
import type { BeginResult, ReopenResult, Settlement, TaskSearch, TaskStore } from "../../ports/task-store.js";
import { isPassed, quotaReason } from "../../task/queued-task.js";
import { isFinalStatus, type Task, type TaskSummary } from "../../task/task.js";
import { findByExternalId } from "./memory-installation-store.js";
import { pageNewestFirst } from "./pages.js";
import { countAbandonedReservation, releaseReservation } from "./reservations.js";
import type { Tables, TaskRecord } from "./tables.js";
import { appendEvent, endTask, findHeldTask, heldTask, taskEntry } from "./task-record.js";

/** Maximum number of releases by a shutdown that give the attempt back; after that they count, so that no task runs for ever. */
const maxReleaseCount = 5;

/** Takes the task if its thread, its time and its lease allow. */
function begin(tables: Tables, record: TaskRecord, leaseMs: number, agent: string): BeginResult {
  const { task } = record;
  if (isFinalStatus(task.status)) return { status: "final", taskStatus: task.status };
  const now = tables.clock.now();
  const blocking = findBlocking(tables.threads.get(task.threadId)?.open ?? [], record, now);
  if (blocking) return { status: "blocked", byTaskId: blocking.task.id };
  const retryInMs = (record.leaseUntilMs ?? task.notBefore?.getTime() ?? 0) - now.getTime();
  if (retryInMs > 0 && task.status === "running") return { status: "held", retryInMs };
  if (retryInMs > 0) return { status: "waiting", retryInMs, isPassed: isPassed(task, now) };
  countAbandonedReservation(tables, record);
  record.leaseUntilMs = now.getTime() + leaseMs;
  record.task = {
    ...task,
    status: "running",
    reason: null,
    notBefore: null,
    attempt: task.attempt + 1,
    fence: task.fence + 1,
    agent,
    startedAt: task.startedAt ?? now,
  };
  return {
    status: "begun",
    task: structuredClone(record.task),
    lease: { taskId: task.id, fence: record.task.fence },
  };
}

/** Returns the task of the thread that must end first: an earlier one that is not passed, or a later one that has passed it. */
function findBlocking(open: Iterable<TaskRecord>, record: TaskRecord, now: Date): TaskRecord | null {
  let isEarlier = true;
  for (const other of open) {
    if (other === record) isEarlier = false;
    else if (isEarlier ? !isPassed(other.task, now) : other.task.status === "running") return other;
    if (!isEarlier && record.task.reason !== quotaReason) return null;
  }
  return null;
}

/** Ends the run of a task that its caller holds. */
function settle(tables: Tables, record: TaskRecord, settlement: Settlement): void {
  if (settlement.status !== "queued") {
    const { status } = settlement;
    const reason = status === "succeeded" ? null : settlement.reason;
    endTask(tables, record, {
      status,
      reason,
      result: status === "succeeded" ? structuredClone(settlement.result) : null,
    });
    return;
  }
  const { cause, reason, delayMs } = settlement;
  const { task } = record;
  const isReleased = cause === "released" && record.releaseCount < maxReleaseCount;
  if (isReleased) record.releaseCount += 1;
  record.leaseUntilMs = null;
  releaseReservation(tables, record);
  record.task = {
    ...task,
    status: "queued",
    reason,
    attempt: task.attempt - (isReleased || cause === "parked" ? 1 : 0),
    // A task whose stop was requested meanwhile is due at once.
    notBefore: delayMs > 0 && !task.cancelRequestedAt ? new Date(tables.clock.now().getTime() + delayMs) : null,
  };
}

const wordsOf = (text: string): readonly string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

function hasWords(text: string, wanted: readonly string[]): boolean {
  const words = wordsOf(text);
  return wanted.length > 0 && wanted.every((beginning) => words.some((word) => word.startsWith(beginning)));
}

/** Returns true if every given filter matches. */
function matches(task: Task, search: TaskSearch): boolean {
  const { status, provider, repository, trigger, actor, threadId, text } = search;
  return (
    (status === undefined || task.status === status) &&
    (provider === undefined || task.origin.provider === provider) &&
    (trigger === undefined || task.trigger === trigger) &&
    (actor === undefined || task.actor.login.toLowerCase() === actor.toLowerCase()) &&
    (threadId === undefined || task.threadId === threadId) &&
    (repository === undefined || task.repository?.path.toLowerCase() === repository.toLowerCase()) &&
    (text === undefined || text.trim() === "" || hasWords(`${task.title}\n${task.instruction}`, wordsOf(text)))
  );
}

function summaryOf({ instruction, context, ...summary }: Task): TaskSummary {
  return structuredClone(summary);
}

/** Tasks in memory. */
export function memoryTaskStore(tables: Tables): TaskStore {
  return {
    async begin(taskId, { leaseMs, agent }) {
      checkNumbers({ leaseMs });
      const record = tables.tasks.get(taskId);
      return record ? begin(tables, record, leaseMs, agent) : { status: "unknown" };
    },

    async heartbeat(lease, leaseMs) {
      checkNumbers({ leaseMs });
      const record = findHeldTask(tables, lease);
      if (!record) return "lost";
      record.leaseUntilMs = tables.clock.now().getTime() + leaseMs;
      return record.task.cancelRequestedAt ? "cancel" : "held";
    },

    async settle(lease, settlement) {
      if (settlement.status === "queued") checkNumbers({ delayMs: settlement.delayMs });
      settle(tables, heldTask(tables, lease), settlement);
    },

    async reopen(taskId) {
      const record = tables.tasks.get(taskId);
      return record ? reopenTask(tables, record) : { status: "unknown" };
    },

    async find(taskId) {
      return structuredClone(tables.tasks.get(taskId)?.task ?? null);
    },

    async search(search) {
      const page = pageNewestFirst([...tables.tasks.values()], search, ({ task }) => matches(task, search));
      return { ...page, items: page.items.map(({ task }) => summaryOf(task)) };
    },
  };
}

/** Queues a failed or cancelled task again, last in its thread. */
function reopenTask(tables: Tables, record: TaskRecord): ReopenResult {
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
