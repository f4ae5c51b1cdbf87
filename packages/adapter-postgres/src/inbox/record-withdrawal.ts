import type { DeliveryDraft, InboxRequest, RecordResult } from "@agentbot/core";
import { z } from "zod";
import { execute, fetchRow } from "../database/rows.js";
import { sql } from "../database/sql.js";
import type { SqlDatabase } from "../database/sql-database.js";
import { cancelOpenTasks } from "../tasks/cancel-open-tasks.js";
import { deliveryLockNames, lockTenant } from "./inbox-locks.js";
import { recordIgnored } from "./record-ignored.js";

const firstRow = z.object({ task_id: z.string().nullable() });

/**
 * Records that a request was taken back, and ends the task it made if that never began. Where the request has not come yet,
 * this takes its key, so that it is a repetition when it comes. Null for a delivery that is known.
 */
export async function recordWithdrawal(
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
