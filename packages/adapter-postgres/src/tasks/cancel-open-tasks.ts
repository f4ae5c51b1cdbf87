import { type SqlFragment, sql } from "../database/sql.js";
import { lastSeq } from "../transcript/last-seq.js";

/**
 * Requests the stop of a running task, and of a waiting one that has effects already, unless it was reopened and not begun
 * since: that one is due at once. Returns no row for every other task.
 */
export function stopTaskUnderWay(reason: string, taskId: string): SqlFragment {
  return sql`UPDATE tasks SET
      cancel_requested_at = COALESCE(cancel_requested_at, clock_timestamp()),
      cancel_reason = COALESCE(cancel_reason, ${reason}),
      not_before = NULL
    WHERE id = ${taskId} AND (status = 'running' OR status = 'queued' AND reason IS DISTINCT FROM 'reopened'
      AND EXISTS (SELECT 1 FROM effects WHERE effects.task_id = tasks.id))
    RETURNING id, status`;
}

/**
 * Ends the queued tasks that fit the condition, with a last event in their transcripts, and requests the stop of the running
 * ones. Returns the id and the status of each.
 */
export function cancelOpenTasks(reason: string, condition: SqlFragment): SqlFragment {
  return sql`WITH stopped AS (
      UPDATE tasks SET
        cancel_requested_at = COALESCE(cancel_requested_at, clock_timestamp()),
        cancel_reason = COALESCE(cancel_reason, ${reason}),
        status = CASE status WHEN 'queued' THEN 'cancelled' ELSE status END,
        reason = CASE status WHEN 'queued' THEN COALESCE(cancel_reason, ${reason}) ELSE reason END,
        not_before = CASE status WHEN 'queued' THEN NULL ELSE not_before END,
        finished_at = CASE status WHEN 'queued' THEN clock_timestamp() ELSE finished_at END
      WHERE status IN ('queued', 'running') AND ${condition}
      RETURNING id, status, reason, ${lastSeq} + 1 AS seq
    ), logged AS (
      INSERT INTO task_events (task_id, seq, type, at, data)
      SELECT id, seq, 'task:settled', clock_timestamp(),
        jsonb_build_object('status', status, 'reason', reason)
      FROM stopped WHERE status = 'cancelled'
    )
    SELECT id, status FROM stopped`;
}
