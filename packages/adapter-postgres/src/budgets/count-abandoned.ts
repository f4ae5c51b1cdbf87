import { execute } from "../database/fetch-rows.js";
import { sql } from "../database/sql.js";
import type { SqlExecutor } from "../database/sql-database.js";

/**
 * Turns what these tasks had reserved into spending: their worker died, and nobody knows what it cost. In the transaction
 * that has taken the tasks from it, and in a statement after that one: what was being reserved just then is there by now,
 * and nothing more can come. Scopes are written in their order, so that two such statements cannot block each other.
 */
export async function countAbandoned(transaction: SqlExecutor, taskIds: readonly string[]): Promise<void> {
  await execute(
    transaction,
    sql`WITH abandoned AS (
        DELETE FROM budget_reservations WHERE task_id = ANY (${taskIds}::text[]) RETURNING scope, amount_usd
      )
      INSERT INTO budgets (scope, spent_usd)
      SELECT scope, SUM(amount_usd) FROM abandoned GROUP BY scope ORDER BY scope
      ON CONFLICT (scope) DO UPDATE SET spent_usd = budgets.spent_usd + EXCLUDED.spent_usd, updated_at = now()`,
  );
}
