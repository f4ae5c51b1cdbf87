import type { Delivery, DeliveryDraft, DeliverySummary, DeliveryVerdict, JsonValue, ReusedId } from "@agentbot/core";
import { newTaskId } from "@agentbot/core/adapter";
import { z } from "zod";
import { bytesColumn, integerColumn, timeColumn } from "../database/rows.js";
import { type SqlFragment, sql, storableJson } from "../database/sql.js";

/** The columns of a verdict. */
export const verdictColumns = sql`id, status, reason, task_id`;

const verdictFields = { id: z.string(), reason: z.string().nullable(), task_id: z.string().nullable() };

const toVerdict = z.union([
  z
    .object({ ...verdictFields, status: z.literal("accepted") })
    .transform(({ task_id: taskId }): DeliveryVerdict => ({ status: "accepted", taskId })),
  z
    .object({ ...verdictFields, status: z.literal("duplicate") })
    .transform(({ task_id: taskId }): DeliveryVerdict => ({ status: "duplicate", taskId })),
  z
    .object({ ...verdictFields, status: z.literal("ignored"), reason: z.string() })
    .transform(({ reason }): DeliveryVerdict => ({ status: "ignored", reason })),
]);

/** A row of {@link verdictColumns}. */
export const verdictRow = z.object({ id: z.string() }).and(toVerdict.transform((verdict) => ({ verdict })));

/** The columns of {@link summaryRow}. */
export const summaryColumns = sql`id, sequence, endpoint, provider, external_id, event, content_type, dedupe_key, body_sha256,
  headers, request_id, traceparent, status, reason, task_id, installation_id, seen_count, received_at`;

/** A row of `deliveries` without its body, which may weigh megabytes. */
export const summaryRow = z
  .object({
    id: z.string(),
    sequence: integerColumn,
    endpoint: z.string(),
    provider: z.string(),
    external_id: z.string().nullable(),
    event: z.string(),
    content_type: z.string(),
    dedupe_key: z.string().nullable(),
    body_sha256: z.string(),
    headers: z.record(
      z.string(),
      z.custom<JsonValue>((value) => value !== undefined),
    ),
    request_id: z.string(),
    traceparent: z.string().nullable(),
    installation_id: z.string().nullable(),
    seen_count: integerColumn,
    received_at: timeColumn,
  })
  .and(toVerdict.transform((verdict) => ({ verdict })));

/** The columns of {@link deliveryRow}. */
export const deliveryColumns = sql`${summaryColumns}, body`;

/** A row of `deliveries`. */
export const deliveryRow = summaryRow.and(z.object({ body: bytesColumn.nullable() }));

/** Converts a row to the port's form. */
export function toDelivery(row: z.output<typeof deliveryRow>): Delivery {
  return { ...toSummary(row), body: row.body };
}

/** Converts a row without its body to the port's form. */
export function toSummary(row: z.output<typeof summaryRow>): DeliverySummary {
  return {
    id: row.id,
    endpoint: row.endpoint,
    provider: row.provider,
    externalId: row.external_id,
    event: row.event,
    contentType: row.content_type,
    dedupeKey: row.dedupe_key,
    bodySha256: row.body_sha256,
    headers: row.headers,
    requestId: row.request_id,
    traceparent: row.traceparent,
    verdict: row.verdict,
    installationId: row.installation_id,
    seenCount: row.seen_count,
    receivedAt: row.received_at,
  };
}

/** The verdict of a delivery, as its row holds it. */
export interface StoredVerdict {
  readonly status: "accepted" | "ignored";
  readonly reason: string | null;
  readonly taskId: string | null;
  readonly commandId: string | null;
  readonly installationId: string | null;
}

/** Stores a delivery unless its bytes or its dedupe key are known at its endpoint; returns its row only if it is new. */
export function insertDelivery(draft: DeliveryDraft, verdict: StoredVerdict): SqlFragment {
  return sql`INSERT INTO deliveries (id, endpoint, provider, external_id, event, content_type, dedupe_key, body, body_sha256,
      headers, request_id, traceparent, status, reason, task_id, command_id, installation_id)
    VALUES (${newTaskId()}, ${draft.endpoint}, ${draft.provider}, ${draft.externalId}, ${draft.event},
      ${draft.contentType}, ${draft.dedupeKey}, ${draft.body}, ${draft.bodySha256}, ${storableJson(draft.headers)}::jsonb,
      ${draft.requestId}, ${draft.traceparent}, ${verdict.status}, ${verdict.reason}, ${verdict.taskId},
      ${verdict.commandId}, ${verdict.installationId})
    ON CONFLICT DO NOTHING RETURNING ${verdictColumns}, ${isExternalIdReused(sql`deliveries`)}`;
}

/** A row of {@link isExternalIdReused}. */
export const reusedIdRow = z.object({ is_id_reused: z.boolean() });

/**
 * True if a delivery with the external id of a new row was there at its endpoint, in the view of the statement that inserts
 * it. (Only the index of external ids can serve it: a plan by endpoint would read every delivery that ever came to it.)
 */
export function isExternalIdReused(row: SqlFragment): SqlFragment {
  return sql`COALESCE((
    SELECT TRUE FROM deliveries AS earlier
    WHERE earlier.external_id = ${row}.external_id AND earlier.endpoint || '' = ${row}.endpoint LIMIT 1
  ), FALSE) AS is_id_reused`;
}

/** Converts {@link reusedIdRow} to the port's form. */
export function toReusedId({ is_id_reused: isReused }: z.output<typeof reusedIdRow>): ReusedId {
  return isReused ? { isExternalIdReused: true } : {};
}
