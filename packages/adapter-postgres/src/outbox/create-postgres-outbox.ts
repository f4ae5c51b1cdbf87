import type { Outbox } from "@agentbot/core";
import { countAbandoned } from "../budgets/count-abandoned.js";
import { fetchRows } from "../database/fetch-rows.js";
import { readPageRequest, toPage } from "../database/page-cursor.js";
import { sql } from "../database/sql.js";
import type { SqlDatabase } from "../database/sql-database.js";
import { entryColumns, entryRow, toEntry } from "./queue-entry-row.js";
import { reopenTask } from "./reopen-task.js";

/** The tasks that belong in the queue, in a database. */
export function createPostgresOutbox(database: SqlDatabase): Outbox {
  return {
    async recover(limit) {
      const rows = await fetchRows(
        database,
        "task",
        entryRow,
        sql`WITH recovered AS (UPDATE tasks SET status = 'queued', reason = 'lease_expired', lease_until = NULL, not_before = NULL
          WHERE id IN (
            SELECT id FROM tasks WHERE status = 'running' AND lease_until <= clock_timestamp()
            ORDER BY lease_until LIMIT ${limit}::bigint FOR UPDATE SKIP LOCKED
          )
          RETURNING ${entryColumns}), ${countAbandoned(sql`recovered`)}
          SELECT * FROM recovered`,
      );
      return rows.map(toEntry);
    },

    async waiting(page) {
      const { limit, after } = readPageRequest("waiting", page);
      const rows = await fetchRows(
        database,
        "task",
        entryRow,
        sql`SELECT ${entryColumns} FROM tasks WHERE status = 'queued' AND sequence > ${after ?? 0}::bigint
          ORDER BY sequence LIMIT ${limit + 1}::bigint`,
      );
      return toPage("waiting", rows, limit, toEntry);
    },

    reopen: (taskId) => reopenTask(database, taskId),
  };
}
