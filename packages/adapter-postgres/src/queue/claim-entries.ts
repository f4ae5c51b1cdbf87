import { randomUUID } from "node:crypto";
import type { QueueEntry } from "@agentbot/core";
import { z } from "zod";
import { execute, fetchRows, integerColumn, numericColumn } from "../database/rows.js";
import { joinSql, milliseconds, namedLocks, type SqlFragment, sql } from "../database/sql.js";
import type { SqlDatabase, SqlExecutor } from "../database/sql-database.js";
import { isCommandClaimed, isCommandInQueue, isInQueue, isThreadClaimed } from "./queue-membership.js";

/** A request of one or several claims. */
export interface EntriesRequest {
  /** Null for both kinds. */
  readonly kind: QueueEntry["kind"] | null;
  readonly limit: number;
  readonly leaseMs: number;
  /** Whether a claim waits if there are too few entries. */
  readonly isWaiting: boolean;
}

/** An entry and the claim under which it is held. */
export interface HeldEntry {
  readonly entry: QueueEntry;
  readonly claimId: string;
}

/** The entries that were claimed. */
export interface TakenEntries {
  readonly entries: readonly HeldEntry[];
  /** In how many milliseconds an entry becomes claimable by time alone, as far as is known; null if none does. */
  readonly dueInMs: number | null;
}

const commonFields = { due_in_ms: numericColumn.nullable(), is_incomplete: z.boolean() };
const noEntryRow = z.object({ id: z.null(), ...commonFields });
const entryRow = z.object({
  id: z.string(),
  kind: z.enum(["task", "command"]),
  lane: z.string(),
  priority: integerColumn,
  installation_id: z.string(),
  ...commonFields,
});

/** How many entries are searched for the next due time; later ones are found by the poll. */
const foreseen = 1000;

/**
 * Claims the first entries whose lanes are free: commands first, then tasks in the order of their ranks. With
 * `installationConcurrency` claims take turns over all processes, so that none counts what another is just claiming.
 */
export async function claimEntries(
  database: SqlDatabase,
  request: EntriesRequest,
  installationConcurrency: number | null,
): Promise<TakenEntries> {
  if (installationConcurrency === null || request.kind === "command") return await claimSome(database, request, null);
  return await database.transaction(async (transaction) => {
    await execute(transaction, sql`SELECT 1 WHERE ${namedLocks(["queue claims"])}`);
    const entries: HeldEntry[] = [];
    for (;;) {
      const rest = { ...request, limit: request.limit - entries.length };
      const taken = await claimSome(transaction, rest, installationConcurrency);
      entries.push(...taken.entries);
      // Entries that were looked at belong to an installation that is full by now; others may come behind them.
      if (!taken.isIncomplete || entries.length >= request.limit) return { entries, dueInMs: taken.dueInMs };
    }
  });
}

/** One statement, over the tables of the kinds that are claimed. */
async function claimSome(
  executor: SqlExecutor,
  { kind, limit, leaseMs, isWaiting }: EntriesRequest,
  installationConcurrency: number | null,
): Promise<TakenEntries & { readonly isIncomplete: boolean }> {
  const claimId = randomUUID();
  const until = sql`statement_timestamp() + ${milliseconds(leaseMs)}`;
  const limitation = limitFragments(installationConcurrency, claimId);
  const commands = kind === "task" ? null : commandFragments(limit, claimId, until);
  const left = commands ? sql`(SELECT GREATEST(0, ${limit}::bigint - ${commands.count}))` : sql`${limit}::bigint`;
  const tasks = kind === "command" ? null : taskFragments(left, claimId, until, limitation);
  const kinds = [commands, tasks].filter((fragments) => fragments !== null);
  const all = (part: keyof KindFragments, separator: SqlFragment): SqlFragment =>
    joinSql(
      kinds.map((fragments) => fragments[part]),
      separator,
    );
  const rows = await fetchRows(
    executor,
    "queue entry",
    z.union([entryRow, noEntryRow]),
    sql`WITH ${all("clauses", sql`, `)}
      SELECT entry.*, next.due_in_ms, ${tasks ? limitation.isIncomplete : sql`FALSE`} AS is_incomplete
      FROM (SELECT CASE WHEN ${isWaiting}::boolean AND ${all("count", sql` + `)} < ${limit}::bigint THEN (
          SELECT extract(epoch FROM min(at) - statement_timestamp()) * 1000 FROM (${all("dueTimes", sql` UNION ALL `)}) AS entries
          WHERE at > statement_timestamp()) END AS due_in_ms) AS next
      LEFT JOIN (${all("entries", sql` UNION ALL `)}) AS entry ON TRUE ORDER BY entry.kind, entry.queue_rank, entry.queue_place`,
  );
  const entries = rows.flatMap((row) => (row.id === null ? [] : { claimId, entry: toQueueEntry(row) }));
  const knownMs = rows[0]?.due_in_ms ?? null;
  // The leases just given out are not in the statement's view of the table.
  const dueInMs = entries.length === 0 ? knownMs : Math.min(leaseMs, knownMs ?? leaseMs);
  return { entries, dueInMs, isIncomplete: rows[0]?.is_incomplete ?? false };
}

/** The parts of the statement about one kind of entry. */
interface KindFragments {
  /** The common table expressions that claim entries. */
  readonly clauses: SqlFragment;
  /** The number of claimed entries. */
  readonly count: SqlFragment;
  readonly entries: SqlFragment;
  /** The moments at which an entry becomes claimable. */
  readonly dueTimes: SqlFragment;
}

function commandFragments(limit: number, claimId: string, until: SqlFragment): KindFragments {
  return {
    clauses: sql`free_command AS MATERIALIZED (
        SELECT commands.id FROM commands
        WHERE ${isCommandInQueue} AND NOT ${isCommandClaimed} AND commands.queue_due <= statement_timestamp()
          AND NOT EXISTS (
            SELECT FROM commands AS first WHERE first.lane = commands.lane AND first.queue_place < commands.queue_place
              AND first.queue_place IS NOT NULL AND first.finished_at IS NULL)
        ORDER BY commands.queue_place LIMIT (SELECT ${limit}::bigint)
        FOR NO KEY UPDATE SKIP LOCKED
      ), claimed_command AS (
        UPDATE commands SET queue_claim_id = ${claimId}, queue_claimed_until = ${until}
        FROM free_command WHERE commands.id = free_command.id
        RETURNING commands.id, commands.lane, commands.installation_id, commands.queue_place
      )`,
    count: sql`(SELECT count(*) FROM claimed_command)`,
    entries: sql`SELECT 'command' AS kind, id, lane, 0 AS priority, installation_id, NULL::timestamptz AS queue_rank,
        queue_place FROM claimed_command`,
    dueTimes: sql`(SELECT GREATEST(commands.queue_due, commands.queue_claimed_until) AS at FROM commands
        WHERE ${isCommandInQueue} ORDER BY commands.lane, commands.queue_place LIMIT (SELECT ${foreseen}::bigint))`,
  };
}

/**
 * Of each thread only the first in line is looked at, without those that wait for their quota and are passed, and its thread's row is locked and written: a concurrent claim skips
 * it, and one that had read an older version of the row (`ctid`, and `xmin` since not every PostgreSQL looks at `ctid`
 * again) leaves it, since its whole view of the thread's line may be old. The subqueries keep the planner from sorting the
 * whole queue, whatever its statistics say.
 */
function taskFragments(
  limit: SqlFragment,
  claimId: string,
  until: SqlFragment,
  { busy, isOpen, chosen, source, counted }: LimitFragments,
): KindFragments {
  return {
    clauses: sql`${busy} free AS MATERIALIZED (
        SELECT tasks.id, tasks.thread_id, tasks.priority, tasks.installation_id, tasks.queue_rank, tasks.queue_place,
          seen.version
        FROM tasks CROSS JOIN LATERAL (
          SELECT threads.ctid AS version, threads.xmin AS writer FROM threads
          WHERE threads.id = tasks.thread_id AND NOT ${isThreadClaimed} AND tasks.queue_place = (
            SELECT first.queue_place FROM tasks AS first
            WHERE first.thread_id = tasks.thread_id AND first.queue_rank IS NOT NULL
              AND first.status IN ('queued', 'running') AND NOT (first.status = 'queued'
                AND first.reason IS NOT DISTINCT FROM 'quota' AND first.queue_due > statement_timestamp())
            ORDER BY first.queue_place LIMIT 1)
          LIMIT 1
        ) AS seen
        JOIN threads ON threads.ctid = seen.version AND CASE WHEN threads.xmin = seen.writer THEN TRUE ELSE FALSE END
        WHERE ${isInQueue} AND tasks.queue_due <= statement_timestamp() AND ${isOpen}
        ORDER BY tasks.queue_rank, tasks.queue_place LIMIT (SELECT ${limit})
        FOR NO KEY UPDATE OF threads SKIP LOCKED
      ), ${chosen} claimed AS (
        UPDATE threads SET queue_task_id = ${source}.id, queue_claim_id = ${claimId}, queue_claimed_until = ${until}
        FROM ${source} WHERE threads.ctid = ANY (ARRAY(SELECT version FROM ${source})) AND threads.ctid = ${source}.version
        RETURNING ${source}.*
      )${counted}`,
    count: sql`(SELECT count(*) FROM claimed)`,
    entries: sql`SELECT 'task' AS kind, id, thread_id AS lane, priority, installation_id, queue_rank, queue_place
        FROM claimed`,
    dueTimes: sql`(SELECT GREATEST(tasks.queue_due, line.queue_claimed_until) AS at
        FROM tasks CROSS JOIN LATERAL (
          SELECT threads.queue_claimed_until FROM threads WHERE threads.id = tasks.thread_id LIMIT 1) AS line
        WHERE ${isInQueue} ORDER BY tasks.queue_rank, tasks.queue_place LIMIT (SELECT ${foreseen}::bigint))`,
  };
}

function toQueueEntry({
  id,
  kind,
  lane,
  priority,
  installation_id: installationId,
}: z.output<typeof entryRow>): QueueEntry {
  return { id, kind, lane, installationId, priority, delayMs: 0 };
}

type LimitFragments = Readonly<
  Record<"busy" | "isOpen" | "chosen" | "source" | "counted" | "isIncomplete", SqlFragment>
>;

/** How the statement leaves out the tasks of installations that have as many claimed ones as they may. */
function limitFragments(concurrency: number | null, claimId: string): LimitFragments {
  if (concurrency === null) {
    return {
      busy: sql``,
      isOpen: sql`TRUE`,
      chosen: sql``,
      source: sql`free`,
      counted: sql``,
      isIncomplete: sql`FALSE`,
    };
  }
  const isHeld = sql`threads.id = queue_claims.thread_id AND threads.queue_claim_id = queue_claims.claim_id
          AND ${isThreadClaimed}`;
  return {
    busy: sql`busy AS MATERIALIZED (
        SELECT queue_claims.installation_id, count(*) AS claimed_count
        FROM queue_claims JOIN threads ON ${isHeld} GROUP BY 1
      ), ended AS (
        DELETE FROM queue_claims WHERE NOT EXISTS (SELECT FROM threads WHERE ${isHeld})
      ),`,
    isOpen: sql`tasks.installation_id <> ALL (ARRAY(
          SELECT installation_id FROM busy WHERE claimed_count >= ${concurrency}::bigint))`,
    chosen: sql`chosen AS MATERIALIZED (
        SELECT ranked.* FROM (
          SELECT free.*, row_number() OVER (PARTITION BY installation_id ORDER BY queue_rank, queue_place) AS number
          FROM free
        ) AS ranked LEFT JOIN busy USING (installation_id)
        WHERE ranked.number + COALESCE(busy.claimed_count, 0) <= ${concurrency}::bigint
      ),`,
    source: sql`chosen`,
    counted: sql`, counted AS (
        INSERT INTO queue_claims (thread_id, installation_id, claim_id)
        SELECT thread_id, installation_id, ${claimId} FROM claimed
        ON CONFLICT (thread_id) DO UPDATE SET installation_id = EXCLUDED.installation_id, claim_id = EXCLUDED.claim_id
      )`,
    isIncomplete: sql`(SELECT count(*) FROM free) > (SELECT count(*) FROM claimed)`,
  };
}
