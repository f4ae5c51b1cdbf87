import type { Outbox } from "@agentbot/core";
import { checkNumbers } from "@agentbot/core/adapter";
import { z } from "zod";
import { countAbandoned } from "../budgets/create-postgres-budget-ledger.js";
import { readPageRequest, toPage } from "../database/page-cursor.js";
import { execute, fetchRow, fetchRows, integerColumn } from "../database/rows.js";
import { milliseconds, sql } from "../database/sql.js";
import type { SqlDatabase } from "../database/sql-database.js";
import { commandEntryColumns, entryRow, taskEntryColumns, toEntry } from "../tasks/queue-entry-row.js";

const countRow = z.object({ queued: integerColumn, running: integerColumn, commands: integerColumn });

/** The tasks that belong in the queue, in a database. */
export function createPostgresOutbox(database: SqlDatabase): Outbox {
  return {
    async recover(limit) {
      checkNumbers({ limit });
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
            RETURNING ${taskEntryColumns}`,
        );
        const entries = rows.map(toEntry);
        if (entries.length > 0) {
          await countAbandoned(
            transaction,
            entries.map(({ id }) => id),
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
        sql`SELECT count(*) FILTER (WHERE status = 'queued') AS queued, count(*) FILTER (WHERE status = 'running') AS running,
            (SELECT count(*) FROM commands WHERE finished_at IS NULL) AS commands
          FROM tasks WHERE status IN ('queued', 'running')`,
      );
      return row ?? { queued: 0, running: 0, commands: 0 };
    },

    async tryAcquireSweep(everyMs) {
      checkNumbers({ everyMs });
      const taken = await execute(
        database,
        sql`INSERT INTO sweeps AS sweep (acquired_at) VALUES (clock_timestamp())
          ON CONFLICT (id) DO UPDATE SET acquired_at = excluded.acquired_at
            WHERE sweep.acquired_at <= excluded.acquired_at - ${milliseconds(everyMs)}
              OR sweep.acquired_at >= excluded.acquired_at + ${milliseconds(everyMs)}
          RETURNING id`,
      );
      return taken > 0;
    },

    async waiting(page) {
      const { limit, after } = readPageRequest("waiting", page);
      const rows = await fetchRows(
        database,
        "queue entry",
        entryRow,
        sql`(SELECT ${taskEntryColumns} FROM tasks WHERE status = 'queued' AND sequence > ${after ?? 0}::bigint
            ORDER BY sequence LIMIT ${limit + 1}::bigint)
          UNION ALL
          (SELECT ${commandEntryColumns} FROM commands WHERE finished_at IS NULL AND sequence > ${after ?? 0}::bigint
            ORDER BY sequence LIMIT ${limit + 1}::bigint)
          ORDER BY sequence LIMIT ${limit + 1}::bigint`,
      );
      return toPage("waiting", rows, limit, toEntry);
    },
  };
}
