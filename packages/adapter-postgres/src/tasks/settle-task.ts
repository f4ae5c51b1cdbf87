import type { Lease, Settlement } from "@agentbot/core";
import { execute } from "../database/rows.js";
import { milliseconds, type SqlFragment, sql, storableJson } from "../database/sql.js";
import type { SqlDatabase } from "../database/sql-database.js";
import { isHeldBy, lostLease } from "./held-task.js";

/** How often a shutdown gives the attempt back; after that, a task that keeps ending up there uses its attempts. */
const maxFreeReleases = 5;

/** Ends a run; throws AgentBotError `LEASE_LOST` under an old fence. */
export async function settleTask(database: SqlDatabase, lease: Lease, settlement: Settlement): Promise<void> {
  const settled = await execute(
    database,
    sql`WITH settled AS (
        UPDATE tasks SET lease_until = NULL, ${changes(settlement)} WHERE ${isHeldBy(lease)} RETURNING id
      ), released AS (
        DELETE FROM budget_reservations USING settled WHERE budget_reservations.task_id = settled.id
      )
      SELECT id FROM settled`,
  );
  if (settled === 0) throw lostLease(lease);
}

function changes(settlement: Settlement): SqlFragment {
  switch (settlement.status) {
    case "succeeded":
      return sql`status = 'succeeded', result = ${storableJson(settlement.result)}::jsonb,
        finished_at = clock_timestamp()`;
    case "failed":
    case "cancelled":
      return sql`status = ${settlement.status}, reason = ${settlement.reason}, explanation = ${settlement.explanation},
        finished_at = clock_timestamp()`;
    case "queued":
      return sql`status = 'queued', reason = ${settlement.reason},
        not_before = CASE WHEN cancel_requested_at IS NULL THEN clock_timestamp() + ${milliseconds(settlement.delayMs)} END,
        ${attemptAfter[settlement.cause]}`;
  }
}

const attemptAfter = {
  retry: sql`attempt = attempt`,
  parked: sql`attempt = attempt - 1`,
  released: sql`release_count = release_count + 1,
    attempt = CASE WHEN release_count < ${maxFreeReleases}::integer THEN attempt - 1 ELSE attempt END`,
} as const;
