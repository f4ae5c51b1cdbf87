import { type SqlFragment, sql } from "../database/sql.js";

/**
 * The part of a `WITH` list that turns what the tasks of another part had reserved into spending: their worker died, and
 * nobody knows what it cost. Scopes are written in their order, so that two such statements cannot block each other.
 */
export function countAbandoned(tasks: SqlFragment): SqlFragment {
  return sql`abandoned AS (
      DELETE FROM budget_reservations USING ${tasks} AS ended WHERE budget_reservations.task_id = ended.id
      RETURNING budget_reservations.scope, budget_reservations.amount_usd
    ), counted AS (
      INSERT INTO budgets (scope, spent_usd)
      SELECT scope, SUM(amount_usd) FROM abandoned GROUP BY scope ORDER BY scope
      ON CONFLICT (scope) DO UPDATE SET spent_usd = budgets.spent_usd + EXCLUDED.spent_usd, updated_at = now()
    )`;
}
