import { AgentBotError, type DeliveryDraft, type InboxRequest, type RecordResult } from "@agentbot/core";
import { z } from "zod";
import type { Batcher } from "../database/create-batcher.js";
import { execute, fetchRow } from "../database/rows.js";
import { sql } from "../database/sql.js";
import type { SqlDatabase } from "../database/sql-database.js";
import { cancelOpenTasks } from "../tasks/cancel-open-tasks.js";
import { applyInstallationChange } from "./apply-installation-change.js";
import { deliveryLockNames, lockTenant, lockTenantAlone } from "./inbox-locks.js";
import { recordAgain } from "./record-again.js";
import { recordCommand } from "./record-command.js";
import { recordIgnored } from "./record-ignored.js";
import type { RequestedTask } from "./record-tasks.js";

/** Where deliveries are recorded. */
export interface DeliveryRecorder {
  readonly database: SqlDatabase;
  readonly recordTask: Batcher<RequestedTask, RecordResult | null>;
}

/** Records a delivery in one transaction. A delivery that is known is answered as the first one was. */
export async function recordDelivery(
  recorder: DeliveryRecorder,
  draft: DeliveryDraft,
  request: InboxRequest,
): Promise<RecordResult> {
  // One that is known may be pruned between two looks at it, one that collapses may come together with what it collapses with.
  for (let tries = 1; tries <= 3; tries += 1) {
    const recorded = await recordNew(recorder, draft, request);
    const result = recorded ?? (await recordAgain(recorder.database, draft));
    if (result) return result;
  }
  throw new AgentBotError("STORE_UNAVAILABLE", "The delivery kept vanishing while it was recorded: try again.");
}

async function recordNew({ database, recordTask }: DeliveryRecorder, draft: DeliveryDraft, request: InboxRequest) {
  switch (request.kind) {
    case "ignored":
      return await recordIgnored(database, draft, request.reason, null);
    case "task":
      return await recordTask({
        provider: draft.provider,
        tenant: request.tenant,
        delivery: draft,
        draft: request.draft,
      });
    case "command":
      return await recordCommand(database, draft, request);
    case "withdrawal":
      return await recordWithdrawal(database, draft, request);
    case "closure":
      return await recordClosure(database, draft, request);
    case "installation":
      return await recordChange(database, draft, request);
  }
}

async function recordChange(
  database: SqlDatabase,
  draft: DeliveryDraft,
  { tenant, change }: Extract<InboxRequest, { kind: "installation" }>,
): Promise<RecordResult | null> {
  const { provider } = draft;
  return await database.transaction(async (transaction) => {
    const { id } = await lockTenantAlone(transaction, { provider, tenant });
    const recorded = await recordIgnored(transaction, draft, "installation_updated", id);
    if (recorded) await applyInstallationChange(transaction, { ...tenant, id, provider }, change);
    return recorded;
  });
}

const firstRow = z.object({ task_id: z.string().nullable() });

/**
 * Records that a request was taken back, and ends the task it made if that never began. Where the request has not come yet,
 * this takes its key, so that it is a repetition when it comes. Null for a delivery that is known.
 */
async function recordWithdrawal(
  database: SqlDatabase,
  draft: DeliveryDraft,
  { tenant, dedupeKey }: Extract<InboxRequest, { kind: "withdrawal" }>,
): Promise<RecordResult | null> {
  const claim = { provider: draft.provider, tenant };
  return await database.transaction(async (transaction) => {
    const { id } = await lockTenant(transaction, claim, deliveryLockNames({ ...draft, dedupeKey }));
    const first = await fetchRow(
      transaction,
      "delivery",
      firstRow,
      sql`SELECT CASE WHEN status = 'accepted' AND command_id IS NULL THEN task_id END AS task_id FROM deliveries
        WHERE endpoint = ${draft.endpoint} AND dedupe_key = ${dedupeKey}`,
    );
    const delivery = { ...draft, dedupeKey: first ? null : dedupeKey };
    const recorded = await recordIgnored(transaction, delivery, "withdrawn", id);
    if (recorded && first?.task_id) {
      const isUntouched = sql`id = ${first.task_id} AND status = 'queued' AND fence = 0`;
      await execute(transaction, cancelOpenTasks("withdrawn", isUntouched));
    }
    return recorded;
  });
}

/** Records that a conversation is gone, and takes back what was requested in it. Null for a delivery that is known. */
async function recordClosure(
  database: SqlDatabase,
  draft: DeliveryDraft,
  { tenant, conversation }: Extract<InboxRequest, { kind: "closure" }>,
): Promise<RecordResult | null> {
  const claim = { provider: draft.provider, tenant };
  return await database.transaction(async (transaction) => {
    const { id } = await lockTenant(transaction, claim, deliveryLockNames(draft));
    const reason = "conversation_gone";
    const recorded = await recordIgnored(transaction, draft, reason, id);
    const isThere = sql`installation_id = ${id} AND draft -> 'origin' ->> 'conversation' = ${conversation}`;
    if (recorded) await execute(transaction, cancelOpenTasks(reason, isThere));
    return recorded;
  });
}
