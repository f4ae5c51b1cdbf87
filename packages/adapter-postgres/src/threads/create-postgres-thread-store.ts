import type { ThreadStore } from "@agentbot/core";
import { threadSchema } from "@agentbot/core/adapter";
import { z } from "zod";
import { execute, fetchRow } from "../database/fetch-rows.js";
import { namedLocks } from "../database/named-locks.js";
import { type SqlFragment, sql } from "../database/sql.js";
import type { SqlDatabase } from "../database/sql-database.js";
import { heldTask } from "../tasks/held-task.js";
import { lostLease } from "../tasks/lost-lease.js";
import { threadLockNames } from "./thread-lock-names.js";

const threadRow = z
  .object({
    id: z.string(),
    installation_id: z.string(),
    session_id: z.string().nullable(),
    aliases: threadSchema.shape.aliases,
  })
  .transform(({ installation_id: installationId, session_id: sessionId, ...rest }) => ({
    ...rest,
    installationId,
    sessionId,
  }));

/** Threads in a database. */
export function createPostgresThreadStore(database: SqlDatabase): ThreadStore {
  const findWhere = (condition: SqlFragment) =>
    fetchRow(
      database,
      "thread",
      threadRow,
      sql`SELECT id, installation_id, session_id, ARRAY (
          SELECT alias FROM thread_aliases WHERE thread_id = threads.id ORDER BY sequence
        ) AS aliases
        FROM threads WHERE ${condition}`,
    );

  return {
    find: (installationId, alias) =>
      findWhere(sql`id = (
        SELECT thread_id FROM thread_aliases WHERE installation_id = ${installationId} AND alias = ${alias}
      )`),

    findById: (threadId) => findWhere(sql`id = ${threadId}`),

    async link(lease, alias) {
      const held = await execute(
        database,
        sql`WITH held AS (${heldTask(lease, namedLocks(threadLockNames([alias])))}), named AS (
            INSERT INTO thread_aliases (installation_id, alias, thread_id)
            SELECT installation_id, ${alias}, thread_id FROM held
            ON CONFLICT DO NOTHING
          )
          SELECT id FROM held`,
      );
      if (held === 0) throw lostLease(lease);
    },
  };
}
