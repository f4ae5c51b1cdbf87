import type { CheckpointStore } from "@agentbot/core";
import { agentOutcomeSchema, checkStorable } from "@agentbot/core/adapter";
import { z } from "zod";
import { bytesColumn, execute, fetchRow } from "../database/rows.js";
import { sql, storableJson } from "../database/sql.js";
import type { SqlDatabase } from "../database/sql-database.js";
import { heldTask, isHeldBy, lostLease } from "../tasks/held-task.js";

const checkpointRow = z
  .object({
    is_finished: z.boolean(),
    outcome: agentOutcomeSchema,
    commit: z.string().nullable(),
    base_commit: z.string(),
    diff_stat: z.string().nullable(),
    left_out: z.string().nullable(),
    bundle: bytesColumn.nullable(),
  })
  .transform(
    ({ is_finished: isFinished, base_commit: baseCommit, diff_stat: diffStat, left_out: leftOut, ...rest }) => ({
      ...{ ...rest, isFinished, baseCommit, diffStat, leftOut },
    }),
  );

/** Checkpoints in a database. */
export function createPostgresCheckpointStore(database: SqlDatabase): CheckpointStore {
  return {
    async save(lease, { isFinished, outcome, commit, baseCommit, diffStat, leftOut, bundle }) {
      const { usage, sessionId, model } = checkStorable("An outcome", agentOutcomeSchema, outcome);
      const saved = await execute(
        database,
        sql`WITH held AS (${heldTask(lease)}), saved AS (
            INSERT INTO checkpoints AS earlier (task_id, fence, is_finished, outcome, commit, base_commit, diff_stat, left_out, bundle)
            SELECT id, ${lease.fence}::bigint, ${isFinished}::boolean, ${storableJson(outcome)}::jsonb, ${commit}, ${baseCommit},
              ${diffStat}, ${leftOut}, ${bundle}::bytea
            FROM held
            ON CONFLICT (task_id) DO UPDATE SET fence = EXCLUDED.fence, is_finished = EXCLUDED.is_finished,
              outcome = EXCLUDED.outcome, commit = EXCLUDED.commit, base_commit = EXCLUDED.base_commit,
              diff_stat = EXCLUDED.diff_stat, left_out = EXCLUDED.left_out, bundle = EXCLUDED.bundle, saved_at = clock_timestamp()
            WHERE NOT earlier.is_finished AND earlier.fence <> EXCLUDED.fence
            RETURNING task_id
          ), used AS (
            UPDATE tasks SET cost_usd = cost_usd + ${usage.costUsd}::numeric,
              input_tokens = input_tokens + ${usage.inputTokens}::bigint,
              output_tokens = output_tokens + ${usage.outputTokens}::bigint,
              cache_read_tokens = cache_read_tokens + ${usage.cacheReadTokens}::bigint,
              cache_creation_tokens = cache_creation_tokens + ${usage.cacheCreationTokens}::bigint,
              session_id = COALESCE(${sessionId}, session_id), model = COALESCE(${model}, model)
            FROM saved WHERE tasks.id = saved.task_id
          ), remembered AS (
            UPDATE threads SET session_id = ${sessionId} FROM held, saved
            WHERE threads.id = held.thread_id AND ${sessionId}::text IS NOT NULL
          )
          SELECT task_id FROM saved`,
      );
      if (saved > 0) return;
      // A statement of its own: the first save may have been committed while the one above waited for its lock.
      const saves = await execute(
        database,
        sql`SELECT 1 FROM checkpoints JOIN tasks ON tasks.id = checkpoints.task_id
          WHERE ${isHeldBy(lease)} AND checkpoints.fence = ${lease.fence}::bigint`,
      );
      if (saves === 0) throw lostLease(lease);
    },

    find: (taskId) =>
      fetchRow(
        database,
        "checkpoint",
        checkpointRow,
        sql`SELECT is_finished, outcome, commit, base_commit, diff_stat, left_out, bundle FROM checkpoints WHERE task_id = ${taskId}`,
      ),
  };
}
