import type { Outbox } from "@agentbot/core";
import { z } from "zod";
import { countAbandoned } from "../budgets/count-abandoned.js";
import { execute, fetchRow, fetchRows } from "../database/fetch-rows.js";
import { readPageRequest, toPage } from "../database/page-cursor.js";
import { integerColumn } from "../database/row-columns.js";
import { sql } from "../database/sql.js";
import type { SqlDatabase } from "../database/sql-database.js";
import { milliseconds } from "../database/time.js";
import { entryColumns, entryRow, toEntry } from "./queue-entry-row.js";
import { reopenTask } from "./reopen-task.js";

const countRow = z.object({ queued: integerColumn, running: integerColumn });

/** The tasks that belong in the queue, in a database. */
export function createPostgresOutbox(database: SqlDatabase): Outbox {
  return {
    async recover(limit) {
      return await database.transaction(async (transaction) => {
        const rows = await fetchRows(
          transaction,
          "task",
          entryRow,
          sql`UPDATE tasks SET status = 'queued', reason = 'lease_expired', lease_until = NULL, not_before = NULL
            WHERE id IN (
              SELECT id FROM tasks WHERE status = 'running' AND lease_until <= clock_timestamp()
              ORDER BY lease_until LIMIT ${limit}::bigint FOR UPDATE SKIP LOCKED
            )
            RETURNING ${entryColumns}`,
        );
        const entries = rows.map(toEntry);
        if (entries.length > 0) {
          await countAbandoned(
            transaction,
            entries.map(({ taskId }) => taskId),
          );
        }
        return entries;
      });
    },

    async count() {
      const row = await fetchRow(
        database,
        "task count",
        countRow,
        sql`SELECT count(*) FILTER (WHERE status = 'queued') AS queued, count(*) FILTER (WHERE status = 'running') AS running
          FROM tasks WHERE status IN ('queued', 'running')`,
      );
      return row ?? { queued: 0, running: 0 };
    },

    async tryAcquireSweep(everyMs) {
      const taken = await execute(
        database,
        sql`INSERT INTO outbox_turn AS turn (taken_at) VALUES (clock_timestamp())
          ON CONFLICT (id) DO UPDATE SET taken_at = excluded.taken_at
            WHERE turn.taken_at <= excluded.taken_at - ${milliseconds(everyMs)}
              OR turn.taken_at >= excluded.taken_at + ${milliseconds(everyMs)}
          RETURNING id`,
      );
      return taken > 0;
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
