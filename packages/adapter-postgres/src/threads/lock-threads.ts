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
 * aliases, its issue and its pull request, say: the one that commits first must be the one that is earlier in line.
 */
export async function lockThreads(transaction: SqlExecutor, names: readonly NamedThread[]): Promise<void> {
  await execute(
    transaction,
    sql`SELECT threads.id FROM threads
      WHERE threads.id IN (
        SELECT thread_id FROM thread_aliases
        WHERE (installation_id, alias) IN (
          SELECT * FROM unnest(${names.map(({ installationId }) => installationId)}::text[],
            ${names.map(({ alias }) => alias)}::text[])
        )
      )
      ORDER BY threads.id FOR NO KEY UPDATE`,
  );
}
