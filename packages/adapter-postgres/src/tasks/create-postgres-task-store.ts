import type { Settlement, TaskStore } from "@agentbot/core";
import { checkNumbers } from "@agentbot/core/adapter";
import { z } from "zod";
import { execute, fetchRow } from "../database/rows.js";
import { milliseconds, type SqlFragment, sql, storableJson } from "../database/sql.js";
import type { SqlDatabase } from "../database/sql-database.js";
import { beginTask } from "./begin-task.js";
import { isHeldBy, lostLease } from "./held-task.js";
import { reopenTask } from "./reopen-task.js";
import { searchTasks } from "./search-tasks.js";
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
      const settled = await execute(
        database,
        sql`WITH settled AS (
            UPDATE tasks SET lease_until = NULL, ${changes(settlement)} WHERE ${isHeldBy(lease)} RETURNING id
          ), released AS (
            DELETE FROM budget_reservations USING settled WHERE budget_reservations.task_id = settled.id
          )
          SELECT id FROM settled`,
      );
      if (settled === 0) throw lostLease(lease);
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

/** How often a shutdown gives the attempt back; after that, a task that keeps ending up there uses its attempts. */
const maxFreeReleases = 5;

function changes(settlement: Settlement): SqlFragment {
  switch (settlement.status) {
    case "succeeded":
      return sql`status = 'succeeded', result = ${storableJson(settlement.result)}::jsonb,
        finished_at = clock_timestamp()`;
    case "failed":
    case "cancelled":
      return sql`status = ${settlement.status}, reason = ${settlement.reason}, explanation = ${settlement.explanation},
        finished_at = clock_timestamp()`;
    case "queued":
      return sql`status = 'queued', reason = ${settlement.reason},
        not_before = CASE WHEN cancel_requested_at IS NULL THEN clock_timestamp() + ${milliseconds(settlement.delayMs)} END,
        ${attemptAfter[settlement.cause]}`;
  }
}

const attemptAfter = {
  retry: sql`attempt = attempt`,
  parked: sql`attempt = attempt - 1`,
  released: sql`release_count = release_count + 1,
    attempt = CASE WHEN release_count < ${maxFreeReleases}::integer THEN attempt - 1 ELSE attempt END`,
} as const;
