import type { DeliveryDraft, DeliveryVerdict, RecordResult } from "@agentbot/core";
import { newTaskId } from "@agentbot/core/adapter";
import { fetchRow } from "../database/rows.js";
import { type SqlFragment, sql, storableJson } from "../database/sql.js";
import type { SqlDatabase } from "../database/sql-database.js";
import { isExternalIdReused, reusedIdRow, toReusedId, verdictColumns, verdictRow } from "./delivery-row.js";

const besideRow = verdictRow.and(reusedIdRow);

/**
 * Records a delivery that is known, with the first one's result: the same bytes are counted, other bytes under a known
 * dedupe key get a row of their own. Null when the first one is gone.
 */
export async function recordAgain(database: SqlDatabase, draft: DeliveryDraft): Promise<RecordResult | null> {
  const counted = await fetchRow(database, "delivery", verdictRow, countBytes(draft));
  if (counted) return toRepetition(counted);
  if (draft.dedupeKey === null) return null;
  // Second, so that a body is sent again only where it is stored.
  const beside = await fetchRow(database, "delivery", besideRow, insertBeside(draft, draft.dedupeKey));
  if (!beside) return null;
  const result = toRepetition(beside);
  return result.status === "ignored" ? { ...result, ...toReusedId(beside) } : result;
}

function countBytes({ endpoint, bodySha256 }: DeliveryDraft): SqlFragment {
  return sql`UPDATE deliveries SET seen_count = seen_count + 1
    WHERE endpoint = ${endpoint} AND body_sha256 = ${bodySha256} RETURNING ${verdictColumns}`;
}

/** The key stays with the first: the new row has none. Where the same bytes were faster, they are counted after all. */
function insertBeside(draft: DeliveryDraft, dedupeKey: string): SqlFragment {
  return sql`INSERT INTO deliveries (id, endpoint, provider, external_id, event, content_type, body, body_sha256, headers, request_id,
      traceparent, status, reason, task_id, command_id, installation_id)
    SELECT ${newTaskId()}, ${draft.endpoint}, ${draft.provider}, ${draft.externalId}::text, ${draft.event},
      ${draft.contentType}, ${draft.body}::bytea, ${draft.bodySha256}, ${storableJson(draft.headers)}::jsonb, ${draft.requestId},
      ${draft.traceparent}::text, CASE first.status WHEN 'ignored' THEN 'ignored' ELSE 'duplicate' END, first.reason,
      first.task_id, first.command_id, first.installation_id
    FROM deliveries AS first WHERE first.endpoint = ${draft.endpoint} AND first.dedupe_key = ${dedupeKey}
    ON CONFLICT (endpoint, body_sha256) DO UPDATE SET seen_count = deliveries.seen_count + 1
    RETURNING ${verdictColumns}, seen_count = 1 AND ${isExternalIdReused(sql`deliveries`)}`;
}

/** A row of the verdict that is returned again. */
interface Known {
  readonly id: string;
  readonly verdict: DeliveryVerdict;
}

function toRepetition({ id: deliveryId, verdict }: Known): RecordResult {
  if (verdict.status === "ignored") return { status: "ignored", deliveryId, reason: verdict.reason };
  return { status: "duplicate", deliveryId, taskId: verdict.taskId };
}
