import { execute } from "../database/fetch-rows.js";
import { sql } from "../database/sql.js";
import type { SqlDatabase } from "../database/sql-database.js";

/** Forgets bodies, and whole deliveries, in batches that lock nobody out for long; returns how many rows changed. */
export async function pruneDeliveries(
  database: SqlDatabase,
  { bodiesOlderThanMs, deliveriesOlderThanMs }: { bodiesOlderThanMs: number; deliveriesOlderThanMs: number },
): Promise<number> {
  const olderThan = (ageMs: number) =>
    sql`received_at <= clock_timestamp() - ${ageMs}::double precision * interval '1 millisecond'`;
  const batch = (condition: ReturnType<typeof sql>) =>
    sql`id IN (SELECT id FROM deliveries WHERE ${condition} ORDER BY received_at LIMIT 500 FOR UPDATE SKIP LOCKED)`;
  const statements = [
    sql`DELETE FROM deliveries WHERE ${batch(olderThan(deliveriesOlderThanMs))} RETURNING id`,
    sql`UPDATE deliveries SET body = NULL
      WHERE ${batch(sql`body IS NOT NULL AND ${olderThan(bodiesOlderThanMs)}`)} RETURNING id`,
  ];
  let changed = 0;
  for (const statement of statements) {
    for (let rows = await execute(database, statement); rows > 0; rows = await execute(database, statement)) {
      changed += rows;
    }
  }
  return changed;
}
