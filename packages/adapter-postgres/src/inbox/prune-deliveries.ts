import type { InboxRetention, PrunedDeliveries } from "@agentbot/core";
import { execute } from "../database/fetch-rows.js";
import { type SqlFragment, sql } from "../database/sql.js";
import type { SqlDatabase } from "../database/sql-database.js";
import { milliseconds } from "../database/time.js";

/** Forgets whole deliveries and bodies, a statement each; rows that another process is pruning are left to it. */
export async function pruneDeliveries(
  database: SqlDatabase,
  { bodiesOlderThanMs, deliveriesOlderThanMs, limit }: InboxRetention,
): Promise<PrunedDeliveries> {
  const olderThan = (ageMs: number) => sql`received_at <= clock_timestamp() - ${milliseconds(ageMs)}`;
  const oldest = (condition: SqlFragment) =>
    sql`id IN (SELECT id FROM deliveries WHERE ${condition}
      ORDER BY received_at LIMIT ${limit}::bigint FOR UPDATE SKIP LOCKED)`;
  const deliveries = await execute(
    database,
    sql`DELETE FROM deliveries WHERE ${oldest(olderThan(deliveriesOlderThanMs))} RETURNING id`,
  );
  const bodies = await execute(
    database,
    sql`UPDATE deliveries SET body = NULL
      WHERE ${oldest(sql`body IS NOT NULL AND ${olderThan(bodiesOlderThanMs)}`)} RETURNING id`,
  );
  return { bodies, deliveries };
}
