import { execute } from "../database/fetch-rows.js";
import { sql } from "../database/sql.js";
import type { SqlDatabase } from "../database/sql-database.js";
import type { QueueNotification } from "./command-entries.js";
import { isInQueue, isThreadClaimed } from "./queue-membership.js";

/**
 * Takes an entry out unless it is claimed. The thread's row is written, so that a claim at the same moment either is seen
 * or sees it.
 */
export async function cancelEntry(
  database: SqlDatabase,
  taskId: string,
  notification: QueueNotification,
): Promise<boolean> {
  const cancelled = await execute(
    database,
    sql`WITH line AS (
        UPDATE threads SET queue_claim_id = CASE WHEN ${isThreadClaimed} THEN queue_claim_id END
        FROM tasks
        WHERE tasks.id = ${taskId} AND threads.id = tasks.thread_id
          AND (${isInQueue} OR tasks.queue_buried_reason IS NOT NULL)
          AND NOT (threads.queue_task_id IS NOT DISTINCT FROM tasks.id AND ${isThreadClaimed})
        RETURNING threads.id
      ), cancelled AS (
        UPDATE tasks SET queue_rank = NULL, queue_place = NULL, queue_due = NULL, queue_buried_reason = NULL
        FROM line
        WHERE tasks.id = ${taskId} AND tasks.thread_id = line.id
          AND (${isInQueue} OR tasks.queue_buried_reason IS NOT NULL)
        RETURNING tasks.id
      )
      SELECT pg_notify(${notification.channel}, ${notification.message}) FROM cancelled`,
  );
  return cancelled > 0;
}
