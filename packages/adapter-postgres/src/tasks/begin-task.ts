import { AgentBotError, type BeginResult, type Lease } from "@agentbot/core";
import { taskStatusSchema, taskVersion } from "@agentbot/core/adapter";
import { z } from "zod";
import { countAbandoned } from "../budgets/create-postgres-budget-ledger.js";
import { execute, fetchRow, integerColumn, parseRow } from "../database/rows.js";
import { milliseconds, millisecondsUntil, type SqlFragment, sql } from "../database/sql.js";
import type { SqlDatabase, SqlExecutor } from "../database/sql-database.js";
import { lastSeq } from "../transcript/last-seq.js";
import { isHeldBy } from "./held-task.js";
import { isPassed } from "./queue-entry-row.js";
import { taskColumns, taskRow, toTask } from "./task-row.js";

/** How long a worker leaves a task alone that only a newer release can run. */
const newerVersionRetryMs = 60_000;

/** The part of a taken task that is read first, before any part that may be wrong. */
const takenRow = z.looseObject({ fence: integerColumn });

const currentRow = z.object({
  status: taskStatusSchema,
  version: integerColumn,
  blocked_by: z.string().nullable(),
  is_passed: z.boolean(),
  wait_ms: integerColumn,
});

/**
 * The task of the thread that must end first: an earlier one that is not passed, or a later one that has passed it. The
 * `LIMIT`s keep the planner from joining all open tasks, whatever it believes about the table.
 */
const blockingTask = sql`COALESCE(
  (SELECT earlier.id FROM tasks AS earlier
    WHERE earlier.thread_id = tasks.thread_id AND earlier.sequence < tasks.sequence
      AND earlier.status IN ('queued', 'running') AND NOT ${isPassed(sql`earlier`)}
    ORDER BY earlier.sequence LIMIT 1),
  CASE WHEN tasks.reason = 'quota' THEN (SELECT later.id FROM tasks AS later
    WHERE later.thread_id = tasks.thread_id AND later.sequence > tasks.sequence AND later.status = 'running' LIMIT 1) END)`;

/** Takes a task, or returns why not. A task whose row does not parse ends there: no try could mend it. */
export async function beginTask(
  database: SqlDatabase,
  taskId: string,
  { leaseMs, agent }: { readonly leaseMs: number; readonly agent: string },
): Promise<BeginResult> {
  // The obstacle may be gone by the time it is read: then the task can be taken.
  for (let tries = 1; tries <= 5; tries += 1) {
    const begun = await takeTask(database, taskId, leaseMs, agent);
    if (begun) return begun;
    const reason = await whyNotBegun(database, taskId);
    if (reason) return reason;
  }
  throw new AgentBotError("STORE_UNAVAILABLE", "The task kept changing while it was begun: try again.");
}

async function takeTask(
  database: SqlDatabase,
  taskId: string,
  leaseMs: number,
  agent: string,
): Promise<BeginResult | null> {
  const take = (executor: SqlExecutor, which: SqlFragment) =>
    fetchRow(
      executor,
      "task",
      takenRow,
      sql`UPDATE tasks SET status = 'running', reason = NULL, not_before = NULL, fence = fence + 1, attempt = attempt + 1,
          agent = ${agent}, lease_until = clock_timestamp() + ${milliseconds(leaseMs)},
          started_at = COALESCE(started_at, clock_timestamp())
        WHERE id = ${taskId} AND version <= ${taskVersion}::integer AND ${which}
          AND (status = 'queued' AND (not_before IS NULL OR not_before <= clock_timestamp())
            OR status = 'running' AND lease_until <= clock_timestamp())
          AND ${blockingTask} IS NULL
        RETURNING ${taskColumns}`,
    );
  // The row is locked before reservations are looked for: one that its last holder was making is seen then.
  const takeAgain = async (transaction: SqlExecutor) => {
    const taken = await take(transaction, sql`fence > 0`);
    if (taken) await countAbandoned(transaction, [taskId]);
    return taken;
  };
  // There are no reservations for a task that never began.
  const row = (await take(database, sql`fence = 0`)) ?? (await database.transaction(takeAgain));
  if (!row) return null;
  const lease = { taskId, fence: row.fence };
  try {
    return { status: "begun", task: toTask(parseRow("task", taskRow, row)), lease };
  } catch (error) {
    if (!AgentBotError.hasCode(error, "STORED_ROW_INVALID")) throw error;
    return await failUnreadable(database, lease, error);
  }
}

async function whyNotBegun(database: SqlDatabase, taskId: string): Promise<BeginResult | null> {
  const current = await fetchRow(
    database,
    "task",
    currentRow,
    sql`SELECT status, version,
        ${blockingTask} AS blocked_by, ${isPassed(sql`tasks`)} AS is_passed,
        ${millisecondsUntil(sql`CASE status WHEN 'running' THEN lease_until ELSE not_before END`)} AS wait_ms
      FROM tasks WHERE id = ${taskId}`,
  );
  if (!current) return { status: "unknown" };
  const { status, version, blocked_by: byTaskId, is_passed: isPassedNow, wait_ms: retryInMs } = current;
  if (status !== "queued" && status !== "running") return { status: "final", taskStatus: status };
  if (version > taskVersion) return { status: "waiting", retryInMs: newerVersionRetryMs, isPassed: false };
  if (byTaskId !== null) return { status: "blocked", byTaskId };
  if (retryInMs <= 0) return null;
  return status === "running" ? { status: "held", retryInMs } : { status: "waiting", retryInMs, isPassed: isPassedNow };
}

/**
 * Ends a task that was taken and whose row does not parse as failed, with a last line in its transcript. Once the row is
 * corrected it can be reopened.
 */
async function failUnreadable(database: SqlDatabase, lease: Lease, error: AgentBotError): Promise<BeginResult> {
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
