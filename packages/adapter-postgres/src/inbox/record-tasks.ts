import type { DeliveryDraft, RecordResult, TaskDraft } from "@agentbot/core";
import { newTaskId, taskVersion } from "@agentbot/core/adapter";
import { z } from "zod";
import { fetchRows } from "../database/rows.js";
import { sql, storableJson } from "../database/sql.js";
import type { SqlExecutor } from "../database/sql-database.js";
import { reusedIdRow, toReusedId } from "./delivery-row.js";
import { aliasesOf, deliveryLockNames, type ProviderClaim, tenantLockName, threadLockNames } from "./inbox-locks.js";

/** A delivery that requests a task. */
export interface RequestedTask extends ProviderClaim {
  readonly delivery: DeliveryDraft;
  readonly draft: TaskDraft;
}

const ofDelivery = { delivery_id: z.string(), ...reusedIdRow.shape };
const recordedRow = z.discriminatedUnion("status", [
  z.object({ ...ofDelivery, status: z.literal("ignored"), reason: z.string() }),
  z.object({ ...ofDelivery, status: z.literal("duplicate"), task_id: z.string() }),
  z.object({
    ...ofDelivery,
    status: z.literal("accepted"),
    task_id: z.string(),
    thread_id: z.string(),
    installation_id: z.string(),
  }),
]);

/** Everything of a request but its body, under the names of the function's records. */
function recordOf({ delivery, tenant, draft }: RequestedTask, place: number, bodyAt: number) {
  return {
    place,
    delivery_id: newTaskId(),
    new_task_id: newTaskId(),
    new_thread_id: newTaskId(),
    tenant: tenant.externalId,
    endpoint: delivery.endpoint,
    provider: delivery.provider,
    external_id: delivery.externalId,
    event: delivery.event,
    content_type: delivery.contentType,
    dedupe_key: delivery.dedupeKey,
    body_at: bodyAt,
    body_length: delivery.body.length,
    body_sha256: delivery.bodySha256,
    headers: delivery.headers,
    request_id: delivery.requestId,
    traceparent: delivery.traceparent,
    draft,
  };
}

/** The installations of the requests, each once: the function makes those that are unknown, as active. */
function tenantsOf(requests: readonly RequestedTask[]) {
  const tenants = new Map(requests.map((request) => [tenantLockName(request), request]));
  return [...tenants].map(([lock, { provider, tenant }]) => ({
    ...{ lock, id: newTaskId(), provider },
    ...{ external_id: tenant.externalId, account: tenant.account },
  }));
}

/** The names that a request may share with another one, here or in another process: of its threads, its body, its key. */
export function requestLockNames({ delivery, draft }: RequestedTask): readonly string[] {
  return [...threadLockNames(aliasesOf(draft)), ...deliveryLockNames(delivery)];
}

/**
 * Stores deliveries and their tasks in one statement, however many they are; no two of them share one of their
 * {@link requestLockNames}. The function is in `migrations/record-drafts-function`.
 *
 * @returns the result of each; null for a delivery that is known, or must be recorded again
 */
export async function recordTasks(
  database: SqlExecutor,
  requests: readonly RequestedTask[],
): Promise<readonly (RecordResult | null)[]> {
  let length = 0;
  const records = requests.map((request, place) => {
    const record = recordOf(request, place, length + 1);
    length += request.delivery.body.length;
    return record;
  });
  const bodies = requests.length === 1 ? requests[0]?.delivery.body : null;
  const rows = await fetchRows(
    database,
    "delivery",
    recordedRow,
    sql`SELECT * FROM agentbot_record_drafts(${storableJson(records)}::jsonb,
      ${bodies ?? Buffer.concat(requests.map(({ delivery }) => delivery.body))}::bytea,
      ${storableJson(tenantsOf(requests))}::jsonb, ${requests.flatMap(requestLockNames)}::text[], ${taskVersion}::integer)`,
    { isLocking: true },
  );
  const recorded = new Map(rows.map((row) => [row.delivery_id, row]));
  return requests.map(({ draft }, place): RecordResult | null => {
    const row = recorded.get(records[place]?.delivery_id ?? "");
    if (!row) return null;
    const { delivery_id: deliveryId } = row;
    if (row.status === "duplicate") return { status: "duplicate", deliveryId, taskId: row.task_id };
    if (row.status === "ignored") return { status: "ignored", deliveryId, reason: row.reason, ...toReusedId(row) };
    const { task_id: taskId, thread_id: lane, installation_id: installationId } = row;
    const entry = { id: taskId, kind: "task", lane, installationId, priority: draft.priority, delayMs: 0 } as const;
    return { status: "accepted", deliveryId, taskId, entry, ...toReusedId(row) };
  });
}
