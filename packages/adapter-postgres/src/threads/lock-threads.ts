import { execute } from "../database/fetch-rows.js";
import { sql } from "../database/sql.js";
import type { SqlExecutor } from "../database/sql-database.js";

/** A name that a thread may go by, in the installation it belongs to. */
export interface NamedThread {
  readonly installationId: string;
  readonly alias: string;
}

/**
 * Locks the threads these names lead to for the rest of the transaction. Two deliveries may name one thread by different
 * aliases, its issue and its pull request, say: the one that commits first must be the one that is earlier in line. Row by
 * row in the order of their ids, so that no plan reads the whole table and nobody waits in a circle.
 */
export async function lockThreads(transaction: SqlExecutor, names: readonly NamedThread[]): Promise<void> {
  await execute(
    transaction,
    sql`SELECT locked.id
      FROM (
        SELECT DISTINCT known.thread_id
        FROM unnest(${names.map(({ installationId }) => installationId)}::text[],
          ${names.map(({ alias }) => alias)}::text[]) AS name (installation_id, alias) CROSS JOIN LATERAL (
            SELECT thread_aliases.thread_id FROM thread_aliases
            WHERE thread_aliases.installation_id = name.installation_id AND thread_aliases.alias = name.alias LIMIT 1
          ) AS known
        ORDER BY known.thread_id
      ) AS named CROSS JOIN LATERAL (
        SELECT threads.id FROM threads WHERE threads.id = named.thread_id LIMIT 1 FOR NO KEY UPDATE
      ) AS locked`,
  );
}
