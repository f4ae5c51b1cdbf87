import { type SqlFragment, sql } from "../database/sql.js";

/** Ends the queued ones of the tasks that fit the condition, and asks the workers of the running ones to stop. */
export function cancelOpenTasks(reason: string, condition: SqlFragment): SqlFragment {
  return sql`UPDATE tasks SET
      cancel_requested_at = COALESCE(cancel_requested_at, clock_timestamp()),
      status = CASE status WHEN 'queued' THEN 'cancelled' ELSE status END,
      reason = CASE status WHEN 'queued' THEN ${reason} ELSE reason END,
      not_before = CASE status WHEN 'queued' THEN NULL ELSE not_before END,
      finished_at = CASE status WHEN 'queued' THEN clock_timestamp() ELSE finished_at END
    WHERE status IN ('queued', 'running') AND ${condition}`;
}
