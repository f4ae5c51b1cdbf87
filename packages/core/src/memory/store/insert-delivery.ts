import type { ReusedId } from "../../ports/inbox.js";
import type { Delivery, DeliveryDraft } from "../../task/delivery.js";
import { newTaskId } from "../../task/task-id.js";
import { keyOf, type MemoryState } from "./memory-state.js";

/** A delivery of nobody else's. A Buffer may be a window on a shared pool, which `structuredClone` would copy whole. */
export const copyDelivery = <Draft extends { readonly body: Uint8Array | null }>({ body, ...rest }: Draft) => ({
  ...structuredClone(rest),
  body: body && new Uint8Array(body),
});

/** What is stored, and whether its external id is one that the endpoint knew. */
export interface InsertedDelivery {
  readonly delivery: Delivery;
  readonly reused: ReusedId;
}

/** Stores a delivery whose bytes are new at its endpoint, and whose semantic key is, if it has one. */
export function insertDelivery(
  state: MemoryState,
  draft: DeliveryDraft,
  decided: Pick<Delivery, "verdict" | "installationId">,
): InsertedDelivery {
  const receivedAt = state.clock.now();
  const delivery = { ...copyDelivery(draft), ...decided, id: newTaskId(receivedAt), seenCount: 1, receivedAt };
  const { endpoint, bodySha256, dedupeKey, externalId } = delivery;
  const record = { ordinal: state.nextOrdinal++, delivery };
  state.deliveries.set(delivery.id, record);
  state.deliveriesByBody.set(keyOf(endpoint, bodySha256), record);
  if (dedupeKey !== null) state.deliveriesBySemanticKey.set(keyOf(endpoint, dedupeKey), record);
  if (externalId === null) return { delivery, reused: {} };
  const idKey = keyOf(endpoint, externalId);
  const count = state.externalIds.get(idKey) ?? 0;
  state.externalIds.set(idKey, count + 1);
  return { delivery, reused: count > 0 ? { isExternalIdReused: true } : {} };
}
