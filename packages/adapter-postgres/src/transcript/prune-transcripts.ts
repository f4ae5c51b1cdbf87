import { z } from "zod";
import { execute, fetchRows } from "../database/rows.js";
import { milliseconds, sql } from "../database/sql.js";
import type { SqlDatabase } from "../database/sql-database.js";
import { lastSeq } from "./last-seq.js";

const taskRow = z.object({ id: z.string() });

/**
 * Deletes the events of tasks that ended long ago, and marks the tasks that have none left, so that no later call looks at
 * them. Tasks that another process is pruning are left to it.
 */
export async function pruneTranscripts(
  database: SqlDatabase,
  { olderThanMs, limit }: { readonly olderThanMs: number; readonly limit: number },
): Promise<number> {
  let pruned = 0;
  while (pruned < limit) {
    const round = await pruneSome(database, olderThanMs, limit - pruned);
    if (round === null) break;
    pruned += round;
  }
  return pruned;
}

/** One transaction; returns how many events it deleted, or null where no task is left. */
async function pruneSome(database: SqlDatabase, olderThanMs: number, limit: number): Promise<number | null> {
  return await database.transaction(async (transaction) => {
    const tasks = await fetchRows(
      transaction,
      "task",
      taskRow,
      // Its seqs go on where they were if the task is reopened.
      sql`WITH ended AS (
          UPDATE tasks SET event_count = ${lastSeq} WHERE id = ANY (ARRAY(
            SELECT former.id FROM tasks AS former
            WHERE NOT former.is_transcript_pruned
              AND former.finished_at <= clock_timestamp() - ${milliseconds(olderThanMs)}
            ORDER BY former.finished_at LIMIT ${limit}::bigint FOR NO KEY UPDATE SKIP LOCKED
          )) RETURNING id, finished_at
        )
        SELECT id FROM ended ORDER BY finished_at`,
    );
    if (tasks.length === 0) return null;
    const taskIds = tasks.map(({ id }) => id);
    const deleted = await execute(
      transaction,
      sql`DELETE FROM task_events WHERE ctid = ANY (ARRAY(
          SELECT event.ctid FROM unnest(${taskIds}::text[]) WITH ORDINALITY AS pruned (id, place)
          JOIN task_events AS event ON event.task_id = pruned.id
          ORDER BY pruned.place, event.seq LIMIT ${limit}::bigint
        )) RETURNING 1`,
    );
    await execute(
      transaction,
      sql`UPDATE tasks SET is_transcript_pruned = TRUE
        WHERE id = ANY (${taskIds}::text[])
          AND NOT EXISTS (SELECT FROM task_events WHERE task_events.task_id = tasks.id)`,
    );
    return deleted;
  });
}
