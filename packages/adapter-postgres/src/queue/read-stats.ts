import type { QueueStats } from "@agentbot/core";
import { z } from "zod";
import { lookTimeoutMs } from "../database/database-schema.js";
import { fetchRow, integerColumn, numericColumn } from "../database/rows.js";
import { sql } from "../database/sql.js";
import type { SqlDatabase } from "../database/sql-database.js";
import { isCommandClaimed, isCommandInQueue, isInQueue, isThreadClaimed } from "./queue-membership.js";

const statsRow = z.object({
  waiting: integerColumn,
  delayed: integerColumn,
  claimed: integerColumn,
  buried: integerColumn,
  oldest_waiting_ms: numericColumn.nullable(),
});

const nothing: QueueStats = { waiting: 0, delayed: 0, claimed: 0, buried: 0, oldestWaitingMs: null };

/**
 * Counts the entries, all at one moment. An entry whose lease has ended waits since then. The server ends a count that takes
 * too long.
 */
export async function readStats(database: SqlDatabase): Promise<QueueStats> {
  const row = await database.transaction(
    (transaction) => fetchRow(transaction, "queue statistics", statsRow, statistics),
    {
      timeoutMs: lookTimeoutMs,
    },
  );
  if (!row) return nothing;
  const { waiting, delayed, claimed, buried, oldest_waiting_ms: oldestWaitingMs } = row;
  return { waiting, delayed, claimed, buried, oldestWaitingMs };
}

const statistics = sql`SELECT count(*) FILTER (WHERE state = 'waiting') AS waiting, count(*) FILTER (WHERE state = 'delayed') AS delayed,
        count(*) FILTER (WHERE state = 'claimed') AS claimed,
        (SELECT count(*) FROM tasks WHERE queue_buried_reason IS NOT NULL)
          + (SELECT count(*) FROM commands WHERE queue_buried_reason IS NOT NULL) AS buried,
        extract(epoch FROM statement_timestamp() - min(since) FILTER (WHERE state = 'waiting')) * 1000
          AS oldest_waiting_ms
      FROM (
        SELECT GREATEST(tasks.queue_due, CASE threads.queue_task_id WHEN tasks.id THEN threads.queue_claimed_until END)
            AS since,
          CASE WHEN threads.queue_task_id = tasks.id AND ${isThreadClaimed} THEN 'claimed'
            WHEN tasks.queue_due > statement_timestamp() THEN 'delayed' ELSE 'waiting' END AS state
        FROM tasks JOIN threads ON threads.id = tasks.thread_id WHERE ${isInQueue}
        UNION ALL
        SELECT GREATEST(commands.queue_due, commands.queue_claimed_until),
          CASE WHEN ${isCommandClaimed} THEN 'claimed'
            WHEN commands.queue_due > statement_timestamp() THEN 'delayed' ELSE 'waiting' END
        FROM commands WHERE ${isCommandInQueue}
      ) AS entries`;
