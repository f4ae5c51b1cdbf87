import type { InboxRetention, PrunedDeliveries } from "../../ports/inbox.js";
import { keyOf, type MemoryState } from "./memory-state.js";

/** Forgets whole deliveries, and the bodies of younger ones. */
export function pruneDeliveries(
  state: MemoryState,
  { bodiesOlderThanMs, deliveriesOlderThanMs, limit }: InboxRetention,
): PrunedDeliveries {
  const nowMs = state.clock.now().getTime();
  let bodies = 0;
  let deliveries = 0;
  for (const record of state.deliveries.values()) {
    if (bodies >= limit && deliveries >= limit) break;
    const { id, endpoint, bodySha256, dedupeKey, externalId, receivedAt, body } = record.delivery;
    const ageMs = nowMs - receivedAt.getTime();
    if (ageMs > deliveriesOlderThanMs) {
      if (deliveries >= limit) continue;
      state.deliveries.delete(id);
      state.deliveriesByBody.delete(keyOf(endpoint, bodySha256));
      if (dedupeKey !== null) state.deliveriesBySemanticKey.delete(keyOf(endpoint, dedupeKey));
      if (externalId !== null) forgetExternalId(state, keyOf(endpoint, externalId));
      deliveries += 1;
    } else if (body && ageMs > bodiesOlderThanMs && bodies < limit) {
      record.delivery = { ...record.delivery, body: null };
      bodies += 1;
    }
  }
  return { bodies, deliveries };
}

function forgetExternalId({ externalIds }: MemoryState, key: string): void {
  const left = (externalIds.get(key) ?? 1) - 1;
  if (left > 0) externalIds.set(key, left);
  else externalIds.delete(key);
}
