import type { AgentBotError, BeginResult, Lease } from "@agentbot/core";
import { execute } from "../database/fetch-rows.js";
import { sql } from "../database/sql.js";
import type { SqlDatabase } from "../database/sql-database.js";
import { lastSeq } from "../transcript/last-seq.js";
import { isHeldBy } from "./held-task.js";

/**
 * Ends a task that was taken and whose row does not parse as failed, with a last line in its transcript. Once the row is
 * corrected it can be reopened.
 */
export async function failUnreadable(database: SqlDatabase, lease: Lease, error: AgentBotError): Promise<BeginResult> {
  const reason = error.code.toLowerCase();
  await execute(
    database,
    sql`WITH failed AS (
        UPDATE tasks SET status = 'failed', reason = ${reason}, explanation = ${error.message}, lease_until = NULL,
          finished_at = clock_timestamp()
        WHERE ${isHeldBy(lease)} RETURNING id, reason, ${lastSeq} + 1 AS seq
      ), released AS (
        DELETE FROM budget_reservations USING failed WHERE budget_reservations.task_id = failed.id
      ), logged AS (
        INSERT INTO task_events (task_id, seq, type, at, data)
        SELECT id, seq, 'task:settled', clock_timestamp(), jsonb_build_object('status', 'failed', 'reason', reason)
        FROM failed
      )
      SELECT id FROM failed`,
  );
  return { status: "unreadable", reason, explanation: error.message };
}
