import { execute } from "../database/fetch-rows.js";
import { sql } from "../database/sql.js";
import type { SqlDatabase } from "../database/sql-database.js";
import type { HeldEntry } from "./claim-entries.js";
import type { QueueNotification } from "./command-entries.js";
import { isInQueue } from "./queue-membership.js";

/** How a held entry is given up. */
export interface FinishedEntry {
  readonly held: HeldEntry;
  readonly as: "completed" | "released" | "buried";
  /** When it is due again, in milliseconds from now, if it is released. */
  readonly delayMs: number;
  /** Why it is buried. */
  readonly reason: string | null;
}

/**
 * Gives up held tasks, all in one statement; one that is not held any more is left as it is. Other processes are notified
 * where there is something for them: a released entry, the next one of a thread, or, under `installationConcurrency`, any of
 * the installation. (Each row looks its values up by its place in the lists: the planner tends to join the lists with the
 * table as the product of both.)
 */
export async function finishEntries(
  database: SqlDatabase,
  entries: readonly FinishedEntry[],
  { channel, message }: QueueNotification,
  isLimited: boolean,
): Promise<void> {
  const texts = (of: (entry: FinishedEntry) => string): readonly string[] => entries.map(of);
  const threadIds = texts(({ held }) => held.entry.lane);
  await execute(
    database,
    sql`WITH released AS (
        UPDATE threads SET queue_claim_id = NULL, queue_claimed_until = NULL
        WHERE threads.id = ANY (ARRAY(SELECT unnest(${threadIds}::text[]))) AND threads.queue_claimed_until > statement_timestamp()
          AND threads.queue_claim_id =
            (${texts(({ held }) => held.claimId)}::text[])[array_position(${threadIds}::text[], threads.id)]
        RETURNING threads.id, threads.queue_task_id AS task_id, array_position(${threadIds}::text[], threads.id) AS place
      ), finished AS MATERIALIZED (
        SELECT id, task_id, (${texts(({ as }) => as)}::text[])[place] AS way,
          (${texts(({ delayMs }) => String(delayMs))}::double precision[])[place] * interval '1 millisecond' AS delay,
          (${texts(({ reason }) => reason ?? "")}::text[])[place] AS reason
        FROM released
      ), moved AS (
        UPDATE tasks SET
          queue_rank = CASE way WHEN 'released' THEN queue_rank END,
          queue_place = CASE way WHEN 'released' THEN queue_place END,
          queue_due = CASE way WHEN 'released' THEN statement_timestamp() + delay END,
          queue_buried_reason = CASE way WHEN 'buried' THEN finished.reason END
        FROM finished
        WHERE tasks.id = finished.task_id AND (way = 'buried' OR ${isInQueue})
      )
      SELECT pg_notify(${channel}, ${message}) WHERE EXISTS (
        SELECT FROM finished WHERE way = 'released' OR ${isLimited}::boolean OR EXISTS (
          SELECT FROM tasks WHERE tasks.thread_id = finished.id AND tasks.id <> finished.task_id AND ${isInQueue}))`,
  );
}
