import { execute } from "../database/fetch-rows.js";
import { sql } from "../database/sql.js";
import type { SqlExecutor } from "../database/sql-database.js";

/**
 * Locks the threads these names lead to for the rest of the transaction. Two deliveries may name one thread by different
 * aliases, its issue and its pull request, say: the one that commits first must be the one that is earlier in line.
 */
export async function lockThreads(
  transaction: SqlExecutor,
  installationId: string,
  aliases: readonly string[],
): Promise<void> {
  await execute(
    transaction,
    sql`SELECT threads.id FROM threads
      WHERE threads.id IN (
        SELECT thread_id FROM thread_aliases
        WHERE installation_id = ${installationId} AND alias = ANY (${aliases}::text[])
      )
      ORDER BY threads.id FOR NO KEY UPDATE`,
  );
}
