import { AgentBotError, type ReopenResult } from "@agentbot/core";
import { installationSchema, taskStatusSchema, taskVersion } from "@agentbot/core/adapter";
import { z } from "zod";
import { execute, fetchRow, fetchRows } from "../database/rows.js";
import { sql } from "../database/sql.js";
import type { SqlDatabase, SqlExecutor } from "../database/sql-database.js";
import { placeInQueue, queueColumns } from "../queue/queue-membership.js";
import { lastSeq } from "../transcript/last-seq.js";
import { entryRow, taskEntryColumns, toEntry } from "./queue-entry-row.js";

const currentRow = z.object({ status: taskStatusSchema });
const installationRow = z.object({ status: installationSchema.shape.status });

/**
 * Puts a failed or cancelled task back in line. A new `sequence` places it last in its thread's line. Its
 * installations are locked against a change, then its thread, which a recorded delivery locks too: it fits in between.
 */
export async function reopenTask(database: SqlDatabase, taskId: string): Promise<ReopenResult> {
  const find = (): Promise<z.output<typeof currentRow> | null> =>
    fetchRow(database, "task", currentRow, sql`SELECT status FROM tasks WHERE id = ${taskId}`);
  const current = await find();
  if (!current) return { status: "unknown" };
  if (!isRepeatable(current)) return { status: "refused", taskStatus: current.status };

  const result = await database.transaction(async (transaction): Promise<ReopenResult | null> => {
    if (!(await lockTenants(transaction, taskId))) return { status: "inactive" };
    await execute(
      transaction,
      sql`SELECT id FROM threads WHERE id = (SELECT thread_id FROM tasks WHERE id = ${taskId}) FOR NO KEY UPDATE`,
    );
    const row = await fetchRow(transaction, "task", entryRow, reopen(taskId));
    if (!row) return null;
    await execute(transaction, forgetUnpublishable(taskId));
    return { status: "reopened", entry: toEntry(row) };
  });
  if (result) return result;
  const now = await find();
  if (now && !isRepeatable(now)) return { status: "refused", taskStatus: now.status };
  throw new AgentBotError(
    "STORED_ROW_INVALID",
    `The task ${taskId} was written by a newer release: upgrade this one to retry it.`,
  );
}

const isRepeatable = ({ status }: z.output<typeof currentRow>): boolean =>
  status === "failed" || status === "cancelled";

/** Locks the installations a task was asked in and works in against changes; true when both are active. */
async function lockTenants(transaction: SqlExecutor, taskId: string): Promise<boolean> {
  const installations = await fetchRows(
    transaction,
    "installation",
    installationRow,
    sql`SELECT installations.status FROM installations
      WHERE id = (SELECT installation_id FROM tasks WHERE id = ${taskId})
        OR (provider, external_id) = (
          SELECT draft -> 'repository' ->> 'provider', draft -> 'repository' ->> 'tenant' FROM tasks WHERE id = ${taskId}
        )
      ORDER BY id FOR SHARE`,
  );
  return installations.every(({ status }) => status === "active");
}

function reopen(taskId: string) {
  return sql`WITH former AS (
      SELECT id, status, reason, attempt FROM tasks
      WHERE id = ${taskId} AND status IN ('failed', 'cancelled') AND version <= ${taskVersion}::integer
      FOR NO KEY UPDATE
    ), reopened AS (
      UPDATE tasks SET status = 'queued', reason = 'reopened', explanation = NULL, result = NULL, sequence = DEFAULT,
        attempt = 0, release_count = 0, not_before = NULL, cancel_requested_at = NULL, cancel_reason = NULL,
        started_at = NULL, finished_at = NULL,
        is_transcript_pruned = FALSE, queue_buried_reason = NULL, (${queueColumns}) = ROW (${placeInQueue})
      FROM former WHERE tasks.id = former.id
      RETURNING ${taskEntryColumns}, ${lastSeq} + 1 AS seq, former.status AS former_status, former.reason AS former_reason,
        former.attempt AS former_attempt
    ), logged AS (
      INSERT INTO task_events (task_id, seq, type, at, data)
      SELECT id, seq, 'task:reopened', clock_timestamp(),
        jsonb_build_object('status', former_status, 'reason', former_reason, 'attempt', former_attempt)
      FROM reopened
    )
    SELECT * FROM reopened`;
}

/** The checkpoint of a failed or unfinished run must not be published, nor built on: the next run starts afresh. */
function forgetUnpublishable(taskId: string) {
  return sql`DELETE FROM checkpoints
    WHERE task_id = ${taskId} AND NOT (is_finished AND outcome ->> 'status' = 'succeeded')`;
}
