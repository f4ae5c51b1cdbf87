import type { QueueEntry } from "@agentbot/core";
import { execute } from "../database/fetch-rows.js";
import { sql } from "../database/sql.js";
import type { SqlDatabase } from "../database/sql-database.js";
import type { QueueNotification } from "./command-entries.js";
import { priorityStep } from "./queue-membership.js";

/**
 * Puts tasks in the queue that are not in it, at the end of their threads' lines, and notifies every process. Rows are locked in one order, so that two calls never wait for each other in a circle, and looked up one by one,
 * so that no plan reads the whole table.
 */
export async function addEntries(
  database: SqlDatabase,
  entries: readonly QueueEntry[],
  notification: QueueNotification,
): Promise<void> {
  const taskIds = entries.map(({ id }) => id);
  await execute(
    database,
    sql`WITH wanted AS MATERIALIZED (
        SELECT DISTINCT ON (id) id, delay_ms, place
        FROM unnest(${taskIds}::text[],
          ${entries.map(({ delayMs }) => String(delayMs))}::double precision[]) WITH ORDINALITY AS one (id, delay_ms, place)
        ORDER BY id, place
      ), absent AS MATERIALIZED (
        SELECT wanted.*, row.priority FROM wanted CROSS JOIN LATERAL (
          SELECT tasks.priority, tasks.queue_rank, tasks.status FROM tasks
          WHERE tasks.id = wanted.id LIMIT 1 FOR NO KEY UPDATE
        ) AS row
        WHERE row.queue_rank IS NULL AND row.status IN ('queued', 'running')
      ), placed AS MATERIALIZED (
        SELECT id, priority, delay_ms, nextval('tasks_queue_place') AS queue_place
        FROM (SELECT * FROM absent ORDER BY place) AS absent
      ), added AS (
        UPDATE tasks SET queue_rank = statement_timestamp() + tasks.priority * ${priorityStep},
          queue_place = placed.queue_place, queue_buried_reason = NULL,
          queue_due = statement_timestamp() + placed.delay_ms * interval '1 millisecond'
        FROM placed WHERE tasks.id = placed.id
      )
      SELECT pg_notify(${notification.channel}, ${notification.message})`,
  );
}
