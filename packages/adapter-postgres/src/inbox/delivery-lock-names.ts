import type { DeliveryDraft } from "@agentbot/core";

/** What two deliveries may have in common that makes them one: where several transactions know it, they take turns. */
export function deliveryLockNames({
  endpoint,
  bodySha256,
  dedupeKey,
}: Pick<DeliveryDraft, "endpoint" | "bodySha256" | "dedupeKey">): readonly string[] {
  const keys = dedupeKey === null ? [bodySha256] : [bodySha256, dedupeKey];
  return keys.map((key) => `delivery:${endpoint}:${key}`);
}
