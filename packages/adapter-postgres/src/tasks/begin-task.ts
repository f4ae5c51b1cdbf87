import { AgentBotError, type BeginResult } from "@agentbot/core";
import { taskStatusSchema, taskVersion } from "@agentbot/core/adapter";
import { z } from "zod";
import { countAbandoned } from "../budgets/count-abandoned.js";
import { fetchRow, parseRow } from "../database/fetch-rows.js";
import { integerColumn } from "../database/row-columns.js";
import { type SqlFragment, sql } from "../database/sql.js";
import type { SqlDatabase, SqlExecutor } from "../database/sql-database.js";
import { milliseconds, millisecondsUntil } from "../database/time.js";
import { failUnreadable } from "./fail-unreadable.js";
import { taskColumns, taskRow, toTask } from "./task-row.js";

/** How long a worker leaves a task alone that only a newer release can run. */
const newerVersionRetryMs = 60_000;

/** What is read of a task that was taken before anything that may be wrong with it. */
const takenRow = z.looseObject({ fence: integerColumn });

const standingRow = z.object({
  status: taskStatusSchema,
  version: integerColumn,
  blocked_by: z.string().nullable(),
  wait_ms: integerColumn,
});

/** Its `LIMIT` keeps the planner from joining all open tasks, whatever it believes about the table. */
const earlierOpenTask = sql`(SELECT earlier.id FROM tasks AS earlier
  WHERE earlier.thread_id = tasks.thread_id AND earlier.sequence < tasks.sequence
    AND earlier.status IN ('queued', 'running')
  ORDER BY earlier.sequence LIMIT 1)`;

/** Takes a task, or says why not. One whose row does not parse ends there: no try could mend it. */
export async function beginTask(
  database: SqlDatabase,
  taskId: string,
  { leaseMs, agent }: { readonly leaseMs: number; readonly agent: string },
): Promise<BeginResult> {
  // What stood in the way may be gone by the time it is looked at: then the task is there to be taken.
  for (let tries = 1; tries <= 5; tries += 1) {
    const begun = await takeTask(database, taskId, leaseMs, agent);
    if (begun) return begun;
    const standing = await explain(database, taskId);
    if (standing) return standing;
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
          AND ${earlierOpenTask} IS NULL
        RETURNING ${taskColumns}`,
    );
  // The row is locked before reservations are looked for: one that its last holder was making is seen then.
  const takeAgain = async (transaction: SqlExecutor) => {
    const taken = await take(transaction, sql`fence > 0`);
    if (taken) await countAbandoned(transaction, [taskId]);
    return taken;
  };
  // Nobody has reserved anything for a task that never began.
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

async function explain(database: SqlDatabase, taskId: string): Promise<BeginResult | null> {
  const standing = await fetchRow(
    database,
    "task",
    standingRow,
    sql`SELECT status, version,
        ${earlierOpenTask} AS blocked_by,
        ${millisecondsUntil(sql`CASE status WHEN 'running' THEN lease_until ELSE not_before END`)} AS wait_ms
      FROM tasks WHERE id = ${taskId}`,
  );
  if (!standing) return { status: "unknown" };
  const { status, version, blocked_by: byTaskId, wait_ms: retryInMs } = standing;
  if (status !== "queued" && status !== "running") return { status: "final", taskStatus: status };
  if (version > taskVersion) return { status: "waiting", retryInMs: newerVersionRetryMs };
  if (byTaskId !== null) return { status: "blocked", byTaskId };
  if (retryInMs <= 0) return null;
  return { status: status === "running" ? "held" : "waiting", retryInMs };
}
