import { AgentBotError, type DeliveryDraft, type InboxRequest, newTaskId, type RecordResult } from "@agentbot/core";
import { z } from "zod";
import { execute, fetchRow } from "../database/fetch-rows.js";
import { sql } from "../database/sql.js";
import type { SqlDatabase, SqlExecutor } from "../database/sql-database.js";
import { insertTask } from "../tasks/insert-task.js";
import { lockThreads } from "../threads/lock-threads.js";
import { threadLockNames } from "../threads/thread-lock-names.js";
import { applyInstallationChange } from "./apply-installation-change.js";
import { insertDelivery, verdictColumns, verdictRow } from "./delivery-row.js";
import { lockTenant } from "./tenant.js";

type RequestOf<Kind extends InboxRequest["kind"]> = Extract<InboxRequest, { kind: Kind }>;

const nothing = sql`NULL`;
const recordedRow = z.object({
  delivery_id: z.string(),
  task_id: z.string(),
  thread_id: z.string(),
  is_accepted: z.boolean(),
});

/** Records a delivery in one transaction. A delivery that is known is counted, and answered as the first one was. */
export async function recordDelivery(
  database: SqlDatabase,
  draft: DeliveryDraft,
  request: InboxRequest,
): Promise<RecordResult> {
  // A known delivery may be pruned between two looks at it: then it is new.
  for (let tries = 1; tries <= 3; tries += 1) {
    const recorded = await recordNew(database, draft, request);
    const result = recorded ?? (await countAgain(database, draft));
    if (result) return result;
  }
  throw new AgentBotError("STORE_UNAVAILABLE", "The delivery kept vanishing while it was recorded: try again.");
}

async function recordNew(database: SqlDatabase, draft: DeliveryDraft, request: InboxRequest) {
  if (request.kind === "ignored") return await recordIgnored(database, draft, request.reason, null);
  return await database.transaction(async (transaction) =>
    request.kind === "task"
      ? await recordTask(transaction, draft, request)
      : await recordChange(transaction, draft, request),
  );
}

async function recordIgnored(
  executor: SqlExecutor,
  draft: DeliveryDraft,
  reason: string,
  installationId: string | null,
): Promise<RecordResult | null> {
  const verdict = {
    status: sql`'ignored'`,
    reason: sql`${reason}`,
    taskId: nothing,
    installationId: sql`${installationId}`,
  };
  const stored = await fetchRow(executor, "delivery", verdictRow, insertDelivery(draft, verdict));
  return stored && { status: "ignored", deliveryId: stored.id, reason };
}

async function recordChange(
  transaction: SqlExecutor,
  draft: DeliveryDraft,
  { tenant: claim, change }: RequestOf<"installation">,
): Promise<RecordResult | null> {
  const tenant = await lockTenant(transaction, draft.provider, claim, { as: "writer", names: [] });
  const recorded = await recordIgnored(transaction, draft, "installation_updated", tenant.id);
  if (recorded)
    await applyInstallationChange(transaction, { ...claim, id: tenant.id, provider: draft.provider }, change);
  return recorded;
}

async function recordTask(
  transaction: SqlExecutor,
  delivery: DeliveryDraft,
  { tenant: claim, draft }: RequestOf<"task">,
): Promise<RecordResult | null> {
  const names = threadLockNames(draft.threadAliases);
  const { id: installationId, status } = await lockTenant(transaction, delivery.provider, claim, {
    as: "reader",
    names,
  });
  if (status !== "active") {
    return await recordIgnored(transaction, delivery, `installation_${status}`, installationId);
  }
  await lockThreads(transaction, installationId, draft.threadAliases);
  const taskId = newTaskId();
  const task = insertTask({ taskId, installationId, draft, traceparent: delivery.traceparent });
  const recorded = await fetchRow(
    transaction,
    "delivery",
    recordedRow,
    sql`WITH found AS (
        SELECT thread_id FROM thread_aliases
        WHERE installation_id = ${installationId} AND alias = ANY (${draft.threadAliases}::text[])
        ORDER BY array_position(${draft.threadAliases}::text[], alias) LIMIT 1
      ), busy AS (
        SELECT tasks.id FROM tasks JOIN found USING (thread_id)
        WHERE ${draft.whenThreadBusy === "collapse"}::boolean AND tasks.status IN ('queued', 'running')
        ORDER BY tasks.sequence DESC LIMIT 1
      ), delivery AS (${insertDelivery(delivery, {
        status: sql`CASE WHEN EXISTS (SELECT 1 FROM busy) THEN 'duplicate' ELSE 'accepted' END`,
        reason: nothing,
        taskId: sql`COALESCE((SELECT id FROM busy), ${taskId})`,
        installationId: sql`${installationId}`,
      })}), created AS (
        INSERT INTO threads (id, installation_id)
        SELECT ${newTaskId()}, ${installationId} FROM delivery WHERE NOT EXISTS (SELECT 1 FROM found)
        RETURNING id
      ), thread AS (
        SELECT thread_id AS id FROM found WHERE EXISTS (SELECT 1 FROM delivery) UNION ALL SELECT id FROM created
      ), named AS (
        INSERT INTO thread_aliases (installation_id, alias, thread_id)
        SELECT ${installationId}, alias, thread.id
        FROM thread, unnest(${draft.threadAliases}::text[]) WITH ORDINALITY AS name (alias, place)
        ORDER BY place
        ON CONFLICT DO NOTHING
      ), task AS (${task} FROM thread WHERE NOT EXISTS (SELECT 1 FROM busy))
      SELECT delivery.id AS delivery_id, delivery.task_id, thread.id AS thread_id,
        delivery.status = 'accepted' AS is_accepted
      FROM delivery, thread`,
  );
  if (!recorded) return null;
  const { delivery_id: deliveryId, task_id: recordedTaskId, thread_id: threadId } = recorded;
  if (!recorded.is_accepted) return { status: "duplicate", deliveryId, taskId: recordedTaskId };
  const { priority, repository } = draft;
  const entry = { taskId, threadId, priority, installationId, repositoryId: repository.id, delayMs: 0 };
  return { status: "accepted", deliveryId, taskId, entry };
}

async function countAgain(database: SqlDatabase, draft: DeliveryDraft): Promise<RecordResult | null> {
  const first = await fetchRow(
    database,
    "delivery",
    verdictRow,
    sql`UPDATE deliveries SET seen_count = seen_count + 1
      WHERE id = (
        SELECT id FROM deliveries
        WHERE endpoint = ${draft.endpoint}
          AND (body_sha256 = ${draft.bodySha256} OR semantic_key = ${draft.semanticKey})
        ORDER BY sequence LIMIT 1
      )
      RETURNING ${verdictColumns}`,
  );
  if (!first) return null;
  const { id: deliveryId, verdict } = first;
  if (verdict.status === "ignored") return { status: "ignored", deliveryId, reason: verdict.reason };
  return { status: "duplicate", deliveryId, taskId: verdict.taskId };
}

/** Forgets bodies, and whole deliveries, in batches that lock nobody out for long; returns how many rows changed. */
export async function pruneDeliveries(
  database: SqlDatabase,
  { bodiesOlderThanMs, deliveriesOlderThanMs }: { bodiesOlderThanMs: number; deliveriesOlderThanMs: number },
): Promise<number> {
  const olderThan = (ageMs: number) =>
    sql`received_at <= clock_timestamp() - ${ageMs}::double precision * interval '1 millisecond'`;
  const batch = (condition: ReturnType<typeof sql>) =>
    sql`id IN (SELECT id FROM deliveries WHERE ${condition} ORDER BY received_at LIMIT 500 FOR UPDATE SKIP LOCKED)`;
  const statements = [
    sql`DELETE FROM deliveries WHERE ${batch(olderThan(deliveriesOlderThanMs))} RETURNING id`,
    sql`UPDATE deliveries SET body = NULL
      WHERE ${batch(sql`body IS NOT NULL AND ${olderThan(bodiesOlderThanMs)}`)} RETURNING id`,
  ];
  let changed = 0;
  for (const statement of statements) {
    for (let rows = await execute(database, statement); rows > 0; rows = await execute(database, statement)) {
      changed += rows;
    }
  }
  return changed;
}
