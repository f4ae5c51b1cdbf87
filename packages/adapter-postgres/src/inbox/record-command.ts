import type { DeliveryDraft, InboxRequest, RecordResult, TaskDraft } from "@agentbot/core";
import { newTaskId } from "@agentbot/core/adapter";
import { z } from "zod";
import { execute, fetchRow } from "../database/rows.js";
import { sql, storableJson } from "../database/sql.js";
import type { SqlDatabase, SqlExecutor } from "../database/sql-database.js";
import { insertDelivery, reusedIdRow, toReusedId, verdictRow } from "./delivery-row.js";
import { aliasesOf, deliveryLockNames, lockTenant, threadLockNames } from "./inbox-locks.js";
import { recordIgnored } from "./record-ignored.js";

const threadRow = z.object({ id: z.string(), newest_task_id: z.string().nullable() });
const commandRow = z.object({ lane: z.string() });
const recordedRow = verdictRow.and(reusedIdRow);

/**
 * Records a command and its delivery, due at once in the queue. Null for a delivery that is known. The thread is locked
 * before the command takes its place, so that places within a lane are committed in their order.
 */
export async function recordCommand(
  database: SqlDatabase,
  delivery: DeliveryDraft,
  { tenant, command, draft }: Extract<InboxRequest, { kind: "command" }>,
): Promise<RecordResult | null> {
  const claim = { provider: delivery.provider, tenant };
  return await database.transaction(async (transaction): Promise<RecordResult | null> => {
    const names = [...threadLockNames(aliasesOf(draft)), ...deliveryLockNames(delivery)];
    const { id: installationId, status } = await lockTenant(transaction, claim, names);
    if (status !== "active")
      return await recordIgnored(transaction, delivery, `installation_${status}`, installationId);
    const thread = await findThread(transaction, draft);
    const id = newTaskId();
    const taskId = thread?.newest_task_id ?? null;
    const verdict = { status: "accepted", reason: null, taskId, commandId: id, installationId } as const;
    const stored = await fetchRow(transaction, "delivery", recordedRow, insertDelivery(delivery, verdict));
    if (!stored) return null;
    const recorded = await fetchRow(
      transaction,
      "command",
      commandRow,
      sql`INSERT INTO commands (id, name, installation_id, thread_id, draft, traceparent, queue_place, queue_due)
        VALUES (${id}, ${command}, ${installationId}, ${thread?.id ?? null}, ${storableJson(draft)}::jsonb,
          ${delivery.traceparent}, nextval('tasks_queue_place'), statement_timestamp())
        RETURNING lane`,
    );
    const entry = { id, kind: "command", lane: recorded?.lane ?? "", installationId, priority: 0, delayMs: 0 } as const;
    return { status: "accepted", deliveryId: stored.id, taskId, entry, ...toReusedId(stored) };
  });
}

/** The thread that the draft's aliases name, the first one first, locked for the rest of the transaction. */
async function findThread(transaction: SqlExecutor, draft: TaskDraft): Promise<z.output<typeof threadRow> | null> {
  const { provider, tenant } = draft.origin;
  const thread = sql`SELECT thread_aliases.thread_id
    FROM unnest(${draft.threadAliases}::text[]) WITH ORDINALITY AS name (alias, rank)
    JOIN thread_aliases ON thread_aliases.provider = ${provider} AND thread_aliases.tenant = ${tenant}
      AND thread_aliases.alias = name.alias
    ORDER BY name.rank LIMIT 1`;
  await execute(transaction, sql`SELECT id FROM threads WHERE id = (${thread}) FOR NO KEY UPDATE`);
  return await fetchRow(
    transaction,
    "thread",
    threadRow,
    sql`SELECT threads.id, (
        SELECT tasks.id FROM tasks WHERE tasks.thread_id = threads.id ORDER BY tasks.sequence DESC LIMIT 1
      ) AS newest_task_id
      FROM threads WHERE threads.id = (${thread})`,
  );
}
