import type { QueueEntry } from "@agentbot/core";
import { z } from "zod";
import { execute, fetchRows } from "../database/rows.js";
import { sql } from "../database/sql.js";
import type { SqlDatabase } from "../database/sql-database.js";
import type { HeldEntry } from "./claim-entries.js";
import type { QueueNotification } from "./command-entries.js";
import { isInQueue, isThreadClaimed, priorityStep } from "./queue-membership.js";

/**
 * Puts tasks in the queue that are not in it, at the end of their threads' lines, and notifies every process. Rows are
 * locked in one order, so that two calls never wait for each other in a circle, and looked up one by one,
 * so that no plan reads the whole table.
 */
export async function addEntries(
  database: SqlDatabase,
  entries: readonly QueueEntry[],
  notification: QueueNotification,
): Promise<void> {
  const taskIds = entries.map(({ id }) => id);
  await execute(
    database,
    sql`WITH wanted AS MATERIALIZED (
        SELECT DISTINCT ON (id) id, delay_ms, place
        FROM unnest(${taskIds}::text[],
          ${entries.map(({ delayMs }) => String(delayMs))}::double precision[]) WITH ORDINALITY AS one (id, delay_ms, place)
        ORDER BY id, place
      ), absent AS MATERIALIZED (
        SELECT wanted.*, row.priority FROM wanted CROSS JOIN LATERAL (
          SELECT tasks.priority, tasks.queue_rank, tasks.status FROM tasks
          WHERE tasks.id = wanted.id LIMIT 1 FOR NO KEY UPDATE
        ) AS row
        WHERE row.queue_rank IS NULL AND row.status IN ('queued', 'running')
      ), placed AS MATERIALIZED (
        SELECT id, priority, delay_ms, nextval('tasks_queue_place') AS queue_place
        FROM (SELECT * FROM absent ORDER BY place) AS absent
      ), added AS (
        UPDATE tasks SET queue_rank = statement_timestamp() + tasks.priority * ${priorityStep},
          queue_place = placed.queue_place, queue_buried_reason = NULL,
          queue_due = statement_timestamp() + placed.delay_ms * interval '1 millisecond'
        FROM placed WHERE tasks.id = placed.id
      )
      SELECT pg_notify(${notification.channel}, ${notification.message})`,
  );
}

/**
 * Takes an entry out unless it is claimed. The thread's row is written, so that a claim at the same moment either is seen
 * or sees it.
 */
export async function cancelEntry(
  database: SqlDatabase,
  taskId: string,
  notification: QueueNotification,
): Promise<boolean> {
  const cancelled = await execute(
    database,
    sql`WITH line AS (
        UPDATE threads SET queue_claim_id = CASE WHEN ${isThreadClaimed} THEN queue_claim_id END
        FROM tasks
        WHERE tasks.id = ${taskId} AND threads.id = tasks.thread_id
          AND (${isInQueue} OR tasks.queue_buried_reason IS NOT NULL)
          AND NOT (threads.queue_task_id IS NOT DISTINCT FROM tasks.id AND ${isThreadClaimed})
        RETURNING threads.id
      ), cancelled AS (
        UPDATE tasks SET queue_rank = NULL, queue_place = NULL, queue_due = NULL, queue_buried_reason = NULL
        FROM line
        WHERE tasks.id = ${taskId} AND tasks.thread_id = line.id
          AND (${isInQueue} OR tasks.queue_buried_reason IS NOT NULL)
        RETURNING tasks.id
      )
      SELECT pg_notify(${notification.channel}, ${notification.message}) FROM cancelled`,
  );
  return cancelled > 0;
}

/** A lease to be made longer. */
export interface LeaseExtension {
  readonly held: HeldEntry;
  readonly leaseMs: number;
}

const extendedRow = z.object({ id: z.string() });

/** Extends the leases of tasks, all in one statement that moves no index; returns the ids of those that are still held. */
export async function extendEntries(
  database: SqlDatabase,
  extensions: readonly LeaseExtension[],
): Promise<ReadonlySet<string>> {
  const texts = (of: (extension: LeaseExtension) => string): readonly string[] => extensions.map(of);
  const threadIds = texts(({ held }) => held.entry.lane);
  const rows = await fetchRows(
    database,
    "queue lease",
    extendedRow,
    sql`UPDATE threads
      SET queue_claimed_until = statement_timestamp() + interval '1 millisecond' *
        (${texts(({ leaseMs }) => String(leaseMs))}::double precision[])[array_position(${threadIds}::text[], threads.id)]
      WHERE threads.id = ANY (ARRAY(SELECT unnest(${threadIds}::text[]))) AND threads.queue_claimed_until > statement_timestamp()
        AND threads.queue_claim_id =
          (${texts(({ held }) => held.claimId)}::text[])[array_position(${threadIds}::text[], threads.id)]
      RETURNING threads.queue_task_id AS id`,
  );
  return new Set(rows.map(({ id }) => id));
}

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
