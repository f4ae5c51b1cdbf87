import type { InboxRetention, PrunedDeliveries, ReusedId } from "../../ports/inbox.js";
import type { Delivery, DeliveryDraft } from "../../task/delivery.js";
import { newTaskId } from "../../task/task-id.js";
import { keyOf, type Tables } from "./tables.js";

/** Copies a delivery. A Buffer may be a window on a shared pool, which `structuredClone` would copy whole. */
export const copyDelivery = <Draft extends { readonly body: Uint8Array | null }>({ body, ...rest }: Draft) => ({
  ...structuredClone(rest),
  body: body && new Uint8Array(body),
});

/** The decision about a delivery, made before it is stored. */
export interface DeliveryDecision extends Pick<Delivery, "verdict" | "installationId"> {
  readonly commandId: string | null;
}

/** A stored delivery, and whether its external id was known at the endpoint. */
export interface InsertedDelivery {
  readonly delivery: Delivery;
  readonly reused: ReusedId;
}

/** Stores a delivery whose bytes are new at its endpoint, and whose dedupe key is new, if it has one. */
export function insertDelivery(
  tables: Tables,
  draft: DeliveryDraft,
  { verdict, installationId, commandId }: DeliveryDecision,
): InsertedDelivery {
  const receivedAt = tables.clock.now();
  const id = newTaskId(receivedAt);
  const delivery = { ...copyDelivery(draft), verdict, installationId, id, seenCount: 1, receivedAt };
  const { endpoint, bodySha256, dedupeKey, externalId } = delivery;
  const record = { ordinal: tables.nextOrdinal++, delivery, commandId };
  tables.deliveries.set(id, record);
  tables.deliveriesByBody.set(keyOf(endpoint, bodySha256), record);
  if (dedupeKey !== null) tables.deliveriesByDedupeKey.set(keyOf(endpoint, dedupeKey), record);
  if (externalId === null) return { delivery, reused: {} };
  const idKey = keyOf(endpoint, externalId);
  const count = tables.externalIds.get(idKey) ?? 0;
  tables.externalIds.set(idKey, count + 1);
  return { delivery, reused: count > 0 ? { isExternalIdReused: true } : {} };
}

/** Deletes old deliveries, with the commands they gave, and the bodies of younger ones. */
export function pruneDeliveries(
  tables: Tables,
  { bodiesOlderThanMs, deliveriesOlderThanMs, limit }: InboxRetention,
): PrunedDeliveries {
  const nowMs = tables.clock.now().getTime();
  let bodies = 0;
  let deliveries = 0;
  for (const record of tables.deliveries.values()) {
    if (bodies >= limit && deliveries >= limit) break;
    const { id, endpoint, bodySha256, dedupeKey, externalId, receivedAt, body } = record.delivery;
    const ageMs = nowMs - receivedAt.getTime();
    if (ageMs > deliveriesOlderThanMs) {
      if (deliveries >= limit) continue;
      tables.deliveries.delete(id);
      tables.deliveriesByBody.delete(keyOf(endpoint, bodySha256));
      if (dedupeKey !== null) tables.deliveriesByDedupeKey.delete(keyOf(endpoint, dedupeKey));
      if (externalId !== null) releaseExternalId(tables, keyOf(endpoint, externalId));
      if (tables.commands.get(record.commandId ?? "")?.command.finishedAt)
        tables.commands.delete(record.commandId ?? "");
      deliveries += 1;
    } else if (body && ageMs > bodiesOlderThanMs && bodies < limit) {
      record.delivery = { ...record.delivery, body: null };
      bodies += 1;
    }
  }
  return { bodies, deliveries };
}

function releaseExternalId({ externalIds }: Tables, key: string): void {
  const left = (externalIds.get(key) ?? 1) - 1;
  if (left > 0) externalIds.set(key, left);
  else externalIds.delete(key);
}
