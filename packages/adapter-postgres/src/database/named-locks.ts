import { type SqlFragment, sql } from "./sql.js";

/**
 * A condition that takes locks on names, for the rest of the transaction, and then holds. Names are hashed, so two may
 * share a lock: that costs time, never order. They are taken in the order of their hashes, so two sets never deadlock.
 */
export function namedLocks(names: readonly string[]): SqlFragment {
  return sql`(SELECT COALESCE(bool_and(pg_advisory_xact_lock(lock.key) IS NOT NULL), TRUE)
    FROM (SELECT DISTINCT hashtextextended(name, 0) AS key FROM unnest(${names}::text[]) AS name ORDER BY key) AS lock)`;
}
