import type { Command, CommandStore } from "@agentbot/core";
import { commandSchema, isFinalStatus, taskStatusSchema } from "@agentbot/core/adapter";
import { z } from "zod";
import { execute, fetchRow, timeColumn } from "../database/rows.js";
import { sql, storableJson } from "../database/sql.js";
import type { SqlDatabase } from "../database/sql-database.js";
import { cancelOpenTasks, stopTaskUnderWay } from "../tasks/cancel-open-tasks.js";
import { storedOrigin, toOrigin } from "../tasks/task-row.js";

const fields = commandSchema.shape;
const commandRow = z
  .object({
    id: z.string(),
    name: fields.name,
    installation_id: z.string(),
    thread_id: z.string().nullable(),
    draft: commandSchema
      .pick({ actor: true, isPreauthorized: true, repository: true })
      .extend({ origin: storedOrigin }),
    traceparent: z.string().nullable(),
    created_at: timeColumn,
    finished_at: timeColumn.nullable(),
  })
  .transform(
    ({ draft, installation_id: installationId, thread_id: threadId, created_at: createdAt, ...rest }): Command => {
      const { id, name, traceparent, finished_at: finishedAt } = rest;
      const origin = toOrigin(draft.origin, draft.repository);
      return { id, name, installationId, threadId, ...draft, origin, traceparent, createdAt, finishedAt };
    },
  );

const statusRow = z.object({ status: taskStatusSchema });

/** Commands in a database, and the stops they request. */
export function createPostgresCommandStore(database: SqlDatabase): CommandStore {
  return {
    find: (commandId) =>
      fetchRow(
        database,
        "command",
        commandRow,
        sql`SELECT id, name, installation_id, thread_id, draft, traceparent, created_at, finished_at
          FROM commands WHERE id = ${commandId}`,
      ),

    async finish(commandId, result) {
      await execute(
        database,
        sql`UPDATE commands SET finished_at = clock_timestamp(), result = ${storableJson(result)}::jsonb
          WHERE id = ${commandId} AND finished_at IS NULL`,
      );
    },

    async requestStop(taskId, reason) {
      if (await fetchRow(database, "task", statusRow, stopTaskUnderWay(reason, taskId))) return "requested";
      const cancel = cancelOpenTasks(reason, sql`id = ${taskId}`);
      const cancelled = await fetchRow(database, "task", statusRow, cancel);
      if (cancelled) return isFinalStatus(cancelled.status) ? "cancelled" : "requested";
      const known = await fetchRow(database, "task", statusRow, sql`SELECT status FROM tasks WHERE id = ${taskId}`);
      return known ? "final" : "unknown";
    },
  };
}
