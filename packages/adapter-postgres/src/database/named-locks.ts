import { type SqlFragment, sql } from "./sql.js";

/**
 * A condition that takes locks on names, for the rest of the transaction, and then holds; those on `sharedNames` keep out
 * only who wants them alone. Names are hashed, so two may share a lock: that costs time, never order. They are taken in the
 * order of their hashes, so two sets never deadlock.
 */
export function namedLocks(names: readonly string[], sharedNames: readonly string[] = []): SqlFragment {
  return sql`(SELECT COALESCE(bool_and(CASE WHEN is_shared THEN pg_advisory_xact_lock_shared(lock.key) IS NOT NULL
        ELSE pg_advisory_xact_lock(lock.key) IS NOT NULL END), TRUE)
    FROM (
      SELECT hashtextextended(name, 0) AS key, bool_and(is_shared) AS is_shared
      FROM (
        SELECT unnest(${names}::text[]) AS name, FALSE AS is_shared
        UNION ALL SELECT unnest(${sharedNames}::text[]), TRUE
      ) AS asked
      GROUP BY 1 ORDER BY 1
    ) AS lock)`;
}
