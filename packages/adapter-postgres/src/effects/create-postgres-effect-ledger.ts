import type { Effect, EffectLedger, JsonValue } from "@agentbot/core";
import { z } from "zod";
import { execute, fetchRow, fetchRows, timeColumn } from "../database/rows.js";
import { sql, storableJson } from "../database/sql.js";
import type { SqlDatabase } from "../database/sql-database.js";
import { heldTask, lostLease } from "../tasks/held-task.js";

const effectColumns = sql`key, kind, intended_at, performed_at, result`;

const effectRow = z
  .object({
    key: z.string(),
    kind: z.string(),
    intended_at: timeColumn,
    performed_at: timeColumn.nullable(),
    result: z.custom<JsonValue>((value) => value !== undefined),
  })
  .transform(
    ({ intended_at: intendedAt, performed_at: performedAt, ...rest }): Effect => ({
      ...rest,
      intendedAt,
      performedAt,
    }),
  );

const intentRow = z.object({ is_new: z.boolean() });

/** The ledger of outward writes in a database. */
export function createPostgresEffectLedger(database: SqlDatabase): EffectLedger {
  return {
    async intend(lease, { key, kind }) {
      const intent = await fetchRow(
        database,
        "effect",
        intentRow,
        sql`WITH held AS (${heldTask(lease)}), intended AS (
            INSERT INTO effects (task_id, key, kind) SELECT id, ${key}, ${kind} FROM held
            ON CONFLICT DO NOTHING RETURNING key
          )
          SELECT EXISTS (SELECT 1 FROM intended) AS is_new FROM held`,
      );
      if (!intent) throw lostLease(lease);
      if (intent.is_new) return { status: "new" };
      // Of a statement of its own: the one above may not see what it waited for.
      const query = sql`SELECT ${effectColumns} FROM effects WHERE task_id = ${lease.taskId} AND key = ${key}`;
      const effect = await fetchRow(database, "effect", effectRow, query);
      if (!effect) return { status: "new" };
      if (effect.performedAt !== null) return { status: "performed", result: effect.result };
      return { status: "unresolved", intendedAt: effect.intendedAt };
    },

    async complete(lease, key, result) {
      const held = await execute(
        database,
        sql`WITH held AS (${heldTask(lease)}), completed AS (
            UPDATE effects SET performed_at = clock_timestamp(), result = ${storableJson(result)}::jsonb
            FROM held WHERE effects.task_id = held.id AND effects.key = ${key} AND effects.performed_at IS NULL
          )
          SELECT id FROM held`,
      );
      if (held === 0) throw lostLease(lease);
    },

    list: (taskId) =>
      fetchRows(
        database,
        "effect",
        effectRow,
        sql`SELECT ${effectColumns} FROM effects WHERE task_id = ${taskId} ORDER BY sequence`,
      ),
  };
}
