import type { BudgetLedger, BudgetLimit, Lease } from "@agentbot/core";
import { checkNumbers } from "@agentbot/core/adapter";
import { z } from "zod";
import { execute, fetchRow, fetchRows, numericColumn } from "../database/rows.js";
import { namedLocks, type SqlFragment, sql, storableJson } from "../database/sql.js";
import type { SqlDatabase, SqlExecutor } from "../database/sql-database.js";
import { heldTask, lostLease } from "../tasks/held-task.js";

const scopeRow = z.object({ scope: z.string() });
const shortageRow = z.object({ scope: z.string(), available_usd: numericColumn });
const balanceRow = z.object({ reserved_usd: numericColumn, spent_usd: numericColumn });

const lockNames = (scopes: readonly string[]): readonly string[] => scopes.map((scope) => `budget:${scope}`);

/** The sum reserved under a scope. A final task holds nothing any more, however it ended. */
const reservedUnder = (scope: SqlFragment): SqlFragment => sql`SELECT COALESCE(SUM(amount_usd), 0)
  FROM budget_reservations JOIN tasks ON tasks.id = budget_reservations.task_id
  WHERE budget_reservations.scope = ${scope} AND tasks.status IN ('queued', 'running')`;

const spentUnder = (scope: SqlFragment): SqlFragment =>
  sql`COALESCE((SELECT spent_usd FROM budgets WHERE budgets.scope = ${scope}), 0)`;

/** Money in a database: sums are exact decimals, and a scope's callers take turns. */
export function createPostgresBudgetLedger(database: SqlDatabase): BudgetLedger {
  return {
    async reserve(lease, amountUsd, limits) {
      checkNumbers({ amountUsd });
      for (const { limitUsd } of limits) checkNumbers({ limitUsd });
      return await database.transaction(async (transaction) => {
        await lockTask(transaction, lease);
        await execute(transaction, sql`SELECT 1 WHERE ${namedLocks(lockNames(limits.map(({ scope }) => scope)))}`);
        const shortage = await findShortage(transaction, lease, amountUsd, limits);
        if (shortage) {
          return { status: "refused", scope: shortage.scope, availableUsd: Math.max(0, shortage.available_usd) };
        }
        await execute(transaction, sql`DELETE FROM budget_reservations WHERE task_id = ${lease.taskId}`);
        await execute(
          transaction,
          sql`INSERT INTO budget_reservations (task_id, scope, amount_usd)
            SELECT DISTINCT ${lease.taskId}, scope, ${amountUsd}::numeric
            FROM unnest(${limits.map(({ scope }) => scope)}::text[]) AS scope`,
        );
        return { status: "reserved" };
      });
    },

    async settle(lease, spentUsd) {
      checkNumbers({ spentUsd });
      await database.transaction(async (transaction) => {
        await lockTask(transaction, lease);
        const released = await fetchRows(
          transaction,
          "reservation",
          scopeRow,
          sql`DELETE FROM budget_reservations WHERE task_id = ${lease.taskId} RETURNING scope`,
        );
        const scopes = released.map(({ scope }) => scope);
        await execute(transaction, sql`SELECT 1 WHERE ${namedLocks(lockNames(scopes))}`);
        await execute(
          transaction,
          sql`INSERT INTO budgets (scope, spent_usd) SELECT scope, ${spentUsd}::numeric
            FROM unnest(${scopes}::text[]) AS scope
            ON CONFLICT (scope) DO UPDATE SET spent_usd = budgets.spent_usd + EXCLUDED.spent_usd, updated_at = now()`,
        );
      });
    },

    async balance(scope) {
      const query = sql`SELECT (${reservedUnder(sql`${scope}`)}) AS reserved_usd, ${spentUnder(sql`${scope}`)} AS spent_usd`;
      const balance = await fetchRow(database, "budget", balanceRow, query);
      return { reservedUsd: balance?.reserved_usd ?? 0, spentUsd: balance?.spent_usd ?? 0 };
    },
  };
}

async function lockTask(transaction: SqlExecutor, lease: Lease): Promise<void> {
  if ((await execute(transaction, heldTask(lease))) === 0) throw lostLease(lease);
}

/** The first of the limits under which the amount does not fit, beside what other tasks hold and what is spent. */
async function findShortage(
  transaction: SqlExecutor,
  lease: Lease,
  amountUsd: number,
  limits: readonly BudgetLimit[],
): Promise<z.output<typeof shortageRow> | null> {
  return await fetchRow(
    transaction,
    "budget",
    shortageRow,
    sql`SELECT scope, available_usd FROM (
        SELECT limits.place, limits.scope, limits.limit_usd - ${spentUnder(sql`limits.scope`)}
          - (${reservedUnder(sql`limits.scope`)} AND tasks.id <> ${lease.taskId}) AS available_usd
        FROM (
          SELECT place, item ->> 'scope' AS scope, (item ->> 'limitUsd')::numeric AS limit_usd
          FROM jsonb_array_elements(${storableJson(limits)}::jsonb) WITH ORDINALITY AS list (item, place)
        ) AS limits
      ) AS room
      WHERE available_usd < ${amountUsd}::numeric ORDER BY place LIMIT 1`,
  );
}

/**
 * Turns the reservations of these tasks into spending: their worker died, and the cost is unknown. Runs in the transaction
 * that has taken the tasks from it, in a later statement: a reservation of that very moment is there by then, and none can
 * follow. Scopes are written in their order, so that two such statements cannot block each other.
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
