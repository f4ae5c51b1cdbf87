import type { BeginResult, TaskStore } from "../../ports/task-store.js";
import { isFinalStatus } from "../../task/task-status.js";
import { cancelTask } from "./end-task.js";
import { findHeldTask, heldTask } from "./held-task.js";
import { countAbandonedReservation } from "./memory-budget-ledger.js";
import type { MemoryState } from "./memory-state.js";
import { pageNewestFirst } from "./page-newest-first.js";
import { settleTask } from "./settle-task.js";
import type { TaskRecord } from "./task-record.js";
import { matchesTaskSearch } from "./task-search-match.js";

/** Takes the task if its thread, its time and its lease allow. */
function begin(state: MemoryState, record: TaskRecord, leaseMs: number, agent: string): BeginResult {
  const { task } = record;
  if (isFinalStatus(task.status)) return { status: "final", taskStatus: task.status };
  const now = state.clock.now();
  const [head] = state.threads.get(task.threadId)?.open ?? [];
  if (head && head !== record) return { status: "blocked", byTaskId: head.task.id };
  const retryInMs = (record.leaseUntilMs ?? task.notBefore?.getTime() ?? 0) - now.getTime();
  if (retryInMs > 0) return { status: task.status === "running" ? "held" : "waiting", retryInMs };
  countAbandonedReservation(state, record);
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

/** Tasks in memory. */
export function memoryTaskStore(state: MemoryState): TaskStore {
  return {
    async begin(taskId, { leaseMs, agent }) {
      const record = state.tasks.get(taskId);
      return record ? begin(state, record, leaseMs, agent) : { status: "unknown" };
    },

    async heartbeat(lease, leaseMs) {
      const record = findHeldTask(state, lease);
      if (!record) return "lost";
      record.leaseUntilMs = state.clock.now().getTime() + leaseMs;
      return record.task.cancelRequestedAt ? "cancel" : "held";
    },

    async settle(lease, settlement) {
      settleTask(state, heldTask(state, lease), settlement);
    },

    async cancel(taskId, reason) {
      const record = state.tasks.get(taskId);
      if (!record) return "unknown";
      return isFinalStatus(record.task.status) ? "final" : cancelTask(state, record, reason);
    },

    async find(taskId) {
      return structuredClone(state.tasks.get(taskId)?.task ?? null);
    },

    async search(search) {
      const page = pageNewestFirst([...state.tasks.values()], search, ({ task }) => matchesTaskSearch(task, search));
      return { ...page, items: page.items.map(({ task }) => structuredClone(task)) };
    },
  };
}
