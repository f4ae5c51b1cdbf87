import type { InboxRetention } from "../../ports/inbox.js";
import { keyOf, type MemoryState } from "./memory-state.js";

/** Forgets whole deliveries, and the bodies of younger ones; returns how many rows changed. */
export function pruneDeliveries(
  state: MemoryState,
  { bodiesOlderThanMs, deliveriesOlderThanMs }: InboxRetention,
): number {
  const nowMs = state.clock.now().getTime();
  let changed = 0;
  for (const record of state.deliveries.values()) {
    const { id, endpoint, bodySha256, semanticKey, receivedAt, body } = record.delivery;
    const ageMs = nowMs - receivedAt.getTime();
    if (ageMs > deliveriesOlderThanMs) {
      state.deliveries.delete(id);
      state.deliveriesByBody.delete(keyOf(endpoint, bodySha256));
      if (semanticKey !== null) state.deliveriesBySemanticKey.delete(keyOf(endpoint, semanticKey));
      changed += 1;
    } else if (body && ageMs > bodiesOlderThanMs) {
      record.delivery = { ...record.delivery, body: null };
      changed += 1;
    }
  }
  return changed;
}
