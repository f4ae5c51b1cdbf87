import { z } from "zod";
import { fetchRows } from "../database/fetch-rows.js";
import { sql } from "../database/sql.js";
import type { SqlDatabase } from "../database/sql-database.js";
import type { HeldEntry } from "./claim-entries.js";
import { isInQueue } from "./queue-membership.js";

/** How a held entry is given up. */
export interface FinishedEntry {
  readonly held: HeldEntry;
  readonly as: "completed" | "retried" | "buried";
  /** When it is due again, in milliseconds from now, if it is retried. */
  readonly delayMs: number;
  /** Why it is buried. */
  readonly reason: string | null;
}

/**
 * Gives up held entries, all in one statement; what is not held any more is left as it is. Other processes are told when
 * there is something for them: a retried entry, or the next one of a thread.
 */
export async function finishEntries(
  database: SqlDatabase,
  entries: readonly FinishedEntry[],
  notice: { readonly channel: string; readonly message: string },
): Promise<void> {
  const texts = (of: (entry: FinishedEntry) => string): readonly string[] => entries.map(of);
  await fetchRows(
    database,
    "queue notice",
    z.unknown(),
    sql`WITH finished AS MATERIALIZED (
        SELECT * FROM unnest(${texts(({ held }) => held.entry.taskId)}::text[],
          ${texts(({ held }) => held.entry.threadId)}::text[], ${texts(({ held }) => held.claimId)}::text[],
          ${texts(({ as }) => as)}::text[], ${texts(({ delayMs }) => String(delayMs))}::double precision[],
          ${texts(({ reason }) => reason ?? "")}::text[]
        ) AS one (task_id, thread_id, claim_id, way, delay_ms, reason)
      ), released AS (
        UPDATE threads SET queue_task_id = NULL, queue_claim_id = NULL, queue_claimed_until = NULL
        FROM finished
        WHERE threads.id = finished.thread_id AND threads.queue_claim_id = finished.claim_id
          AND threads.queue_claimed_until > statement_timestamp()
        RETURNING finished.*
      ), moved AS (
        UPDATE tasks SET
          queue_rank = CASE way WHEN 'retried' THEN queue_rank END,
          queue_place = CASE way WHEN 'retried' THEN queue_place END,
          queue_due = CASE way WHEN 'retried' THEN statement_timestamp() + delay_ms * interval '1 millisecond' END,
          queue_buried_reason = CASE way WHEN 'buried' THEN released.reason END
        FROM released
        WHERE tasks.id = released.task_id AND (way = 'buried' OR ${isInQueue})
      )
      SELECT pg_notify(${notice.channel}, ${notice.message}) WHERE EXISTS (
        SELECT FROM released WHERE way = 'retried' OR EXISTS (
          SELECT FROM tasks WHERE tasks.thread_id = released.thread_id AND tasks.id <> released.task_id AND ${isInQueue}))`,
  );
}
