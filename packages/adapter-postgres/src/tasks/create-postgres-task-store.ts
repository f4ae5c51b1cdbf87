import type { TaskStore } from "@agentbot/core";
import { checkNumbers } from "@agentbot/core/adapter";
import { z } from "zod";
import { fetchRow } from "../database/rows.js";
import { milliseconds, sql } from "../database/sql.js";
import type { SqlDatabase } from "../database/sql-database.js";
import { beginTask } from "./begin-task.js";
import { isHeldBy } from "./held-task.js";
import { reopenTask } from "./reopen-task.js";
import { searchTasks } from "./search-tasks.js";
import { settleTask } from "./settle-task.js";
import { taskColumns, taskRow, toTask } from "./task-row.js";

const heartbeatRow = z.object({ is_cancel_requested: z.boolean() });

/** Tasks in a database. */
export function createPostgresTaskStore(database: SqlDatabase): TaskStore {
  return {
    async begin(taskId, options) {
      checkNumbers({ leaseMs: options.leaseMs });
      return await beginTask(database, taskId, options);
    },

    async heartbeat(lease, leaseMs) {
      checkNumbers({ leaseMs });
      const held = await fetchRow(
        database,
        "task",
        heartbeatRow,
        sql`UPDATE tasks SET lease_until = clock_timestamp() + ${milliseconds(leaseMs)} WHERE ${isHeldBy(lease)}
          RETURNING cancel_requested_at IS NOT NULL AS is_cancel_requested`,
      );
      if (!held) return "lost";
      return held.is_cancel_requested ? "cancel" : "held";
    },

    async settle(lease, settlement) {
      if (settlement.status === "queued") checkNumbers({ delayMs: settlement.delayMs });
      await settleTask(database, lease, settlement);
    },

    reopen: (taskId) => reopenTask(database, taskId),

    async find(taskId) {
      const query = sql`SELECT ${taskColumns} FROM tasks WHERE id = ${taskId}`;
      const row = await fetchRow(database, "task", taskRow, query);
      return row && toTask(row);
    },

    search: (search) => searchTasks(database, search),
  };
}
