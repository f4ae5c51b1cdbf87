import { randomUUID } from "node:crypto";
import type { QueueEntry } from "@agentbot/core";
import { z } from "zod";
import { fetchRows } from "../database/fetch-rows.js";
import { integerColumn, numericColumn } from "../database/row-columns.js";
import { sql } from "../database/sql.js";
import type { SqlDatabase } from "../database/sql-database.js";
import { milliseconds } from "../database/time.js";
import { isInQueue, isThreadClaimed } from "./queue-membership.js";

/** What is asked for. */
export interface EntriesRequest {
  readonly limit: number;
  readonly leaseMs: number;
  /** Will somebody wait if there are too few? */
  readonly isWaiting: boolean;
}

/** An entry and the claim under which it is held. */
export interface HeldEntry {
  readonly entry: QueueEntry;
  readonly claimId: string;
}

/** What was there. */
export interface TakenEntries {
  readonly entries: readonly HeldEntry[];
  /** In how many milliseconds time will bring something, as far as anybody can know; null when nothing is on its way. */
  readonly nextChangeMs: number | null;
}

const changeRow = z.object({ id: z.null(), next_change_ms: numericColumn.nullable() });
const entryRow = z.object({
  id: z.string(),
  thread_id: z.string(),
  priority: integerColumn,
  installation_id: z.string(),
  repository_id: z.string(),
  next_change_ms: numericColumn.nullable(),
});

/** So many entries are looked at for what time will bring; what comes of the others is found by the poll. */
const foreseen = 1000;

/**
 * Claims the first entries whose threads are free, in one statement. Of each thread only the first in line is looked at,
 * and its thread's row is locked and written: a concurrent claim skips it, and one that had read an older version of the
 * row (`ctid`, and `xmin` since not every PostgreSQL looks at `ctid` again) leaves it, since all it knows of the thread's
 * line may be old. The subqueries keep the planner from sorting the whole queue, whatever its statistics say.
 */
export async function claimEntries(
  database: SqlDatabase,
  { limit, leaseMs, isWaiting }: EntriesRequest,
): Promise<TakenEntries> {
  const claimId = randomUUID();
  const rows = await fetchRows(
    database,
    "queue entry",
    z.union([entryRow, changeRow]),
    sql`WITH free AS MATERIALIZED (
        SELECT tasks.id, tasks.thread_id, tasks.priority, tasks.installation_id, tasks.repository_id, tasks.queue_rank,
          tasks.queue_place, seen.version
        FROM tasks CROSS JOIN LATERAL (
          SELECT threads.ctid AS version, threads.xmin AS writer FROM threads
          WHERE threads.id = tasks.thread_id AND NOT ${isThreadClaimed} AND tasks.queue_place = (
            SELECT first.queue_place FROM tasks AS first
            WHERE first.thread_id = tasks.thread_id AND first.queue_rank IS NOT NULL
              AND first.status IN ('queued', 'running')
            ORDER BY first.queue_place LIMIT 1)
          LIMIT 1
        ) AS seen
        JOIN threads ON threads.ctid = seen.version AND CASE WHEN threads.xmin = seen.writer THEN TRUE ELSE FALSE END
        WHERE ${isInQueue} AND tasks.queue_due <= statement_timestamp()
        ORDER BY tasks.queue_rank, tasks.queue_place LIMIT (SELECT ${limit}::bigint)
        FOR NO KEY UPDATE OF threads SKIP LOCKED
      ), claimed AS (
        UPDATE threads SET queue_task_id = free.id, queue_claim_id = ${claimId},
          queue_claimed_until = statement_timestamp() + ${milliseconds(leaseMs)}
        FROM free WHERE threads.ctid = ANY (ARRAY(SELECT version FROM free)) AND threads.ctid = free.version
        RETURNING free.*
      )
      SELECT claimed.*, change.next_change_ms
      FROM (SELECT CASE WHEN ${isWaiting}::boolean AND (SELECT count(*) FROM claimed) < ${limit}::bigint THEN (
          SELECT extract(epoch FROM min(at) - statement_timestamp()) * 1000 FROM (
            SELECT GREATEST(tasks.queue_due, line.queue_claimed_until) AS at
            FROM tasks CROSS JOIN LATERAL (
              SELECT threads.queue_claimed_until FROM threads WHERE threads.id = tasks.thread_id LIMIT 1) AS line
            WHERE ${isInQueue} ORDER BY tasks.queue_rank, tasks.queue_place LIMIT (SELECT ${foreseen}::bigint)
          ) AS entries WHERE at > statement_timestamp()) END AS next_change_ms) AS change
      LEFT JOIN claimed ON TRUE ORDER BY claimed.queue_rank, claimed.queue_place`,
  );
  const entries = rows.flatMap((row) =>
    row.id === null
      ? []
      : {
          claimId,
          entry: {
            taskId: row.id,
            threadId: row.thread_id,
            priority: row.priority,
            installationId: row.installation_id,
            repositoryId: row.repository_id,
            delayMs: 0,
          },
        },
  );
  const knownMs = rows[0]?.next_change_ms ?? null;
  // The leases just given out are not in the statement's view of the table.
  const nextChangeMs = entries.length === 0 ? knownMs : Math.min(leaseMs, knownMs ?? leaseMs);
  return { entries, nextChangeMs };
}
