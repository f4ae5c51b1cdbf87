import { z } from "zod";
import { execute, fetchRows } from "../database/rows.js";
import { sql } from "../database/sql.js";
import type { SqlDatabase } from "../database/sql-database.js";
import { isCommandClaimed, isCommandInQueue } from "./queue-membership.js";
import type { FinishedEntry, LeaseExtension } from "./task-entries.js";

/** A notification for other processes, sent with a change. */
export interface QueueNotification {
  readonly channel: string;
  readonly message: string;
}

/** Puts commands in the queue that are not in it and not answered, at the end of their lanes; notifies every process. */
export async function addCommands(
  database: SqlDatabase,
  commands: readonly { readonly id: string; readonly delayMs: number }[],
  { channel, message }: QueueNotification,
): Promise<void> {
  await execute(
    database,
    sql`WITH added AS (
        UPDATE commands SET queue_place = nextval('tasks_queue_place'), queue_buried_reason = NULL,
          queue_due = statement_timestamp() + wanted.delay_ms * interval '1 millisecond'
        FROM (
          SELECT DISTINCT ON (id) id, delay_ms FROM unnest(${commands.map(({ id }) => id)}::text[],
            ${commands.map(({ delayMs }) => String(delayMs))}::double precision[]) AS one (id, delay_ms) ORDER BY id
        ) AS wanted
        WHERE commands.id = wanted.id AND commands.queue_place IS NULL AND commands.finished_at IS NULL
      )
      SELECT pg_notify(${channel}, ${message})`,
  );
}

/** Takes a command out of the queue unless it is claimed. */
export async function cancelCommand(
  database: SqlDatabase,
  id: string,
  { channel, message }: QueueNotification,
): Promise<boolean> {
  const cancelled = await execute(
    database,
    sql`WITH cancelled AS (
        UPDATE commands SET queue_place = NULL, queue_due = NULL, queue_buried_reason = NULL
        WHERE id = ${id} AND NOT ${isCommandClaimed} AND (${isCommandInQueue} OR queue_buried_reason IS NOT NULL)
        RETURNING id
      )
      SELECT pg_notify(${channel}, ${message}) FROM cancelled`,
  );
  return cancelled > 0;
}

const extendedRow = z.object({ id: z.string() });

/** Extends the leases of commands; returns the ids of those that are still held. */
export async function extendCommands(
  database: SqlDatabase,
  extensions: readonly LeaseExtension[],
): Promise<ReadonlySet<string>> {
  const rows = await fetchRows(
    database,
    "queue lease",
    extendedRow,
    sql`UPDATE commands SET queue_claimed_until = statement_timestamp() + held.lease_ms * interval '1 millisecond'
      FROM unnest(${extensions.map(({ held }) => held.entry.id)}::text[],
        ${extensions.map(({ held }) => held.claimId)}::text[],
        ${extensions.map(({ leaseMs }) => String(leaseMs))}::double precision[]) AS held (id, claim_id, lease_ms)
      WHERE commands.id = held.id AND commands.queue_claim_id = held.claim_id AND ${isCommandClaimed}
      RETURNING commands.id`,
  );
  return new Set(rows.map(({ id }) => id));
}

/** Gives up held commands; one that is not held any more is left as it is. Its lane is free for the next one, so all are notified. */
export async function finishCommands(
  database: SqlDatabase,
  entries: readonly FinishedEntry[],
  { channel, message }: QueueNotification,
): Promise<void> {
  await execute(
    database,
    sql`WITH moved AS (
        UPDATE commands SET queue_claim_id = NULL, queue_claimed_until = NULL,
          queue_place = CASE way WHEN 'released' THEN queue_place END,
          queue_due = CASE way WHEN 'released' THEN statement_timestamp() + delay_ms * interval '1 millisecond' END,
          queue_buried_reason = CASE way WHEN 'buried' THEN finished.reason END
        FROM unnest(${entries.map(({ held }) => held.entry.id)}::text[],
          ${entries.map(({ held }) => held.claimId)}::text[], ${entries.map(({ as }) => as)}::text[],
          ${entries.map(({ delayMs }) => String(delayMs))}::double precision[],
          ${entries.map(({ reason }) => reason ?? "")}::text[]) AS finished (id, claim_id, way, delay_ms, reason)
        WHERE commands.id = finished.id AND commands.queue_claim_id = finished.claim_id AND ${isCommandClaimed}
        RETURNING commands.id
      )
      SELECT pg_notify(${channel}, ${message}) FROM moved LIMIT 1`,
  );
}
