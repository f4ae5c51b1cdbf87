import { checkNumbers } from "../../inbox/check-numbers.js";
import type { Outbox } from "../../ports/outbox.js";
import type { QueueEntry } from "../../ports/task-queue.js";
import { commandEntry } from "./accept-request.js";
import { pageOldestFirst } from "./pages.js";
import { countAbandonedReservation } from "./reservations.js";
import type { Tables } from "./tables.js";
import { taskEntry } from "./task-record.js";

/** The outbox in memory: a view of the tasks that are not final and the commands that are not answered. */
export function memoryOutbox(tables: Tables): Outbox {
  return {
    async recover(limit) {
      checkNumbers({ limit });
      const nowMs = tables.clock.now().getTime();
      const recovered: QueueEntry[] = [];
      for (const record of tables.open) {
        if (recovered.length >= limit) break;
        if (record.leaseUntilMs === null || record.leaseUntilMs > nowMs) continue;
        record.leaseUntilMs = null;
        countAbandonedReservation(tables, record);
        record.task = { ...record.task, status: "queued", reason: "lease_expired" };
        recovered.push(taskEntry(record, nowMs));
      }
      return recovered;
    },

    async count() {
      let running = 0;
      for (const { task } of tables.open) if (task.status === "running") running += 1;
      return { queued: tables.open.size - running, running, commands: tables.openCommands.size };
    },

    async tryAcquireSweep(everyMs) {
      checkNumbers({ everyMs });
      const nowMs = tables.clock.now().getTime();
      // A clock that was set back must not stop the sweeps until it has caught up.
      if (tables.sweptAtMs !== null && Math.abs(nowMs - tables.sweptAtMs) < everyMs) return false;
      tables.sweptAtMs = nowMs;
      return true;
    },

    async waiting(page) {
      const nowMs = tables.clock.now().getTime();
      const queued = [...tables.open].filter(({ task }) => task.status === "queued");
      return pageOldestFirst([...queued, ...tables.openCommands], page, (record) =>
        "task" in record ? taskEntry(record, nowMs) : commandEntry(record.command),
      );
    },
  };
}
