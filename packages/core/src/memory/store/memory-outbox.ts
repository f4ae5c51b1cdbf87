import type { Outbox } from "../../ports/outbox.js";
import type { QueueEntry } from "../../ports/task-queue.js";
import { countAbandonedReservation } from "./memory-budget-ledger.js";
import type { MemoryState } from "./memory-state.js";
import { cursorOrdinal, defaultPageLimit } from "./page-cursor.js";
import { reopenTask } from "./reopen-task.js";
import { queueEntry, type TaskRecord } from "./task-record.js";

/** The outbox in memory: a view of the tasks that are not final. */
export function memoryOutbox(state: MemoryState): Outbox {
  return {
    async recover(limit) {
      const nowMs = state.clock.now().getTime();
      const recovered: QueueEntry[] = [];
      for (const record of state.open) {
        if (recovered.length >= limit) break;
        if (record.leaseUntilMs === null || record.leaseUntilMs > nowMs) continue;
        record.leaseUntilMs = null;
        countAbandonedReservation(state, record);
        record.task = { ...record.task, status: "queued", reason: "lease_expired" };
        recovered.push(queueEntry(record, nowMs));
      }
      return recovered;
    },

    async count() {
      let running = 0;
      for (const { task } of state.open) if (task.status === "running") running += 1;
      return { queued: state.open.size - running, running };
    },

    async tryAcquireSweep(everyMs) {
      const nowMs = state.clock.now().getTime();
      // A clock that was set back must not stop the turns until it has caught up.
      if (state.turnTakenAtMs !== null && Math.abs(nowMs - state.turnTakenAtMs) < everyMs) return false;
      state.turnTakenAtMs = nowMs;
      return true;
    },

    async waiting(page) {
      const { limit = defaultPageLimit } = page;
      const after = cursorOrdinal(page) ?? 0;
      const nowMs = state.clock.now().getTime();
      const found: TaskRecord[] = [];
      for (const record of state.open) {
        if (record.ordinal <= after || record.task.status !== "queued") continue;
        if (found.length === limit) {
          return { items: found.map((item) => queueEntry(item, nowMs)), next: String(found.at(-1)?.ordinal) };
        }
        found.push(record);
      }
      return { items: found.map((record) => queueEntry(record, nowMs)), next: null };
    },

    async reopen(taskId) {
      const record = state.tasks.get(taskId);
      return record ? reopenTask(state, record) : { status: "unknown" };
    },
  };
}
