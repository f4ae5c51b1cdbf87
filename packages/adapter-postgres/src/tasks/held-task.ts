import { AgentBotError, type Lease } from "@agentbot/core";
import { type SqlFragment, sql } from "../database/sql.js";

/** The condition on a row of `tasks` under which a lease may write: running, under this very fence. */
export function isHeldBy({ taskId, fence }: Lease): SqlFragment {
  return sql`tasks.id = ${taskId} AND tasks.fence = ${fence}::bigint AND tasks.status = 'running'`;
}

/**
 * The task of a lease, locked against a takeover for the rest of the transaction; no row when the lease is lost.
 * A write that selects from it is fenced.
 *
 * @param firstLocks - locks to take before the task's own, e.g. `namedLocks`: every caller that needs both takes them in this order
 */
export function heldTask(lease: Lease, firstLocks: SqlFragment = sql`TRUE`): SqlFragment {
  return sql`SELECT tasks.id, tasks.thread_id, tasks.installation_id FROM tasks
    WHERE ${isHeldBy(lease)} AND ${firstLocks} FOR NO KEY UPDATE`;
}

/** The error of a write under a lease that is no longer the task's newest. */
export function lostLease({ taskId, fence }: Lease): AgentBotError {
  return new AgentBotError(
    "LEASE_LOST",
    `The lease with fence ${fence} on the task no longer holds: it was taken over, recovered or settled. Write nothing more.`,
    { details: { taskId, fence } },
  );
}
