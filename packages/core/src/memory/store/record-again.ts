import type { RecordResult } from "../../ports/inbox.js";
import type { Delivery, DeliveryDraft } from "../../task/delivery.js";
import { insertDelivery } from "./insert-delivery.js";
import { keyOf, type MemoryState } from "./memory-state.js";

/**
 * Records a delivery that is known and answers as the first one was: the same bytes are counted, other bytes under a known
 * semantic key are stored beside the first, which keeps the key. Null for what is new.
 */
export function recordAgain(state: MemoryState, draft: DeliveryDraft): RecordResult | null {
  const { endpoint, bodySha256, dedupeKey } = draft;
  const same = state.deliveriesByBody.get(keyOf(endpoint, bodySha256));
  if (same) {
    same.delivery = { ...same.delivery, seenCount: same.delivery.seenCount + 1 };
    return toRepetition(same.delivery);
  }
  if (dedupeKey === null) return null;
  const first = state.deliveriesBySemanticKey.get(keyOf(endpoint, dedupeKey))?.delivery;
  if (!first) return null;
  const { installationId } = first;
  const verdict =
    first.verdict.status === "ignored"
      ? first.verdict
      : ({ status: "duplicate", taskId: first.verdict.taskId } as const);
  const { delivery, reused } = insertDelivery(state, { ...draft, dedupeKey: null }, { verdict, installationId });
  const result = toRepetition(delivery);
  return result.status === "ignored" ? { ...result, ...reused } : result;
}

function toRepetition({ id: deliveryId, verdict }: Delivery): RecordResult {
  if (verdict.status === "ignored") return { ...verdict, deliveryId };
  return { status: "duplicate", deliveryId, taskId: verdict.taskId };
}
