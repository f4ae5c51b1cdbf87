import type { ThreadStore } from "@agentbot/core";
import { checkStorable, repositoryRefSchema, threadAliasSchema, threadSchema } from "@agentbot/core/adapter";
import { z } from "zod";
import { execute, fetchRow } from "../database/rows.js";
import { namedLocks, type SqlFragment, sql, storableJson } from "../database/sql.js";
import type { SqlDatabase } from "../database/sql-database.js";
import { threadLockNames } from "../inbox/inbox-locks.js";
import { heldTask, isHeldBy, lostLease } from "../tasks/held-task.js";

const threadRow = z
  .object({
    id: z.string(),
    installation_id: z.string(),
    session_id: z.string().nullable(),
    repository: repositoryRefSchema.nullable(),
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
      sql`SELECT id, installation_id, session_id, repository, (
          SELECT COALESCE(jsonb_agg(jsonb_build_object('provider', provider, 'tenant', tenant, 'alias', alias)
            ORDER BY sequence), '[]')
          FROM thread_aliases WHERE thread_id = threads.id
        ) AS aliases
        FROM threads WHERE ${condition}`,
    );

  return {
    find: ({ provider, tenant, alias }) =>
      findWhere(sql`id = (
        SELECT thread_id FROM thread_aliases WHERE provider = ${provider} AND tenant = ${tenant} AND alias = ${alias}
      )`),

    findById: (threadId) => findWhere(sql`id = ${threadId}`),

    async link(lease, alias) {
      checkStorable("A thread's alias", threadAliasSchema, alias);
      const held = await execute(
        database,
        sql`WITH held AS (${heldTask(lease, namedLocks(threadLockNames([alias])))}), named AS (
            INSERT INTO thread_aliases (provider, tenant, alias, thread_id)
            SELECT ${alias.provider}, ${alias.tenant}, ${alias.alias}, thread_id FROM held
            ON CONFLICT DO NOTHING
          )
          SELECT id FROM held`,
      );
      if (held === 0) throw lostLease(lease);
    },

    async assignRepository(lease, repository) {
      checkStorable("A repository", repositoryRefSchema, repository);
      const stored = storableJson(repository);
      const held = await execute(
        database,
        sql`WITH assigned AS (
            UPDATE tasks SET draft = jsonb_set(draft, '{repository}', ${stored}::jsonb) WHERE ${isHeldBy(lease)}
            RETURNING id, thread_id
          ), remembered AS (
            UPDATE threads SET repository = ${stored}::jsonb FROM assigned WHERE threads.id = assigned.thread_id
          )
          SELECT id FROM assigned`,
      );
      if (held === 0) throw lostLease(lease);
    },
  };
}
