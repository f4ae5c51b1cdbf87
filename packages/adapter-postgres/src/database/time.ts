import { type SqlFragment, sql } from "./sql.js";

/** A duration as an interval. Times are the database's: the machines' clocks differ. */
export function milliseconds(durationMs: number): SqlFragment {
  return sql`${durationMs}::double precision * interval '1 millisecond'`;
}

/** How many whole milliseconds from now until a moment; 0 if it has passed or is null. */
export function millisecondsUntil(moment: SqlFragment): SqlFragment {
  return sql`GREATEST(0, COALESCE(ceil(extract(epoch FROM ${moment} - clock_timestamp()) * 1000), 0))::bigint`;
}
