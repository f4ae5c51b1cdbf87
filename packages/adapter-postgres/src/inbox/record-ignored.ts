import type { DeliveryDraft, RecordResult } from "@agentbot/core";
import { fetchRow } from "../database/rows.js";
import type { SqlExecutor } from "../database/sql-database.js";
import { insertDelivery, reusedIdRow, toReusedId, verdictRow } from "./delivery-row.js";

const recordedRow = verdictRow.and(reusedIdRow);

/** Records a delivery that asks for no task, with the reason; null when it is known. */
export async function recordIgnored(
  executor: SqlExecutor,
  draft: DeliveryDraft,
  reason: string,
  installationId: string | null,
): Promise<RecordResult | null> {
  const verdict = { status: "ignored", reason, taskId: null, commandId: null, installationId } as const;
  const stored = await fetchRow(executor, "delivery", recordedRow, insertDelivery(draft, verdict));
  return stored && { status: "ignored", deliveryId: stored.id, reason, ...toReusedId(stored) };
}
