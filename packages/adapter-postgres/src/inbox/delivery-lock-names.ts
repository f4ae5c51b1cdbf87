import type { DeliveryDraft } from "@agentbot/core";

/** What two deliveries may have in common that makes them one: where several transactions know it, they take turns. */
export function deliveryLockNames({
  endpoint,
  bodySha256,
  semanticKey,
}: Pick<DeliveryDraft, "endpoint" | "bodySha256" | "semanticKey">): readonly string[] {
  const keys = semanticKey === null ? [bodySha256] : [bodySha256, semanticKey];
  return keys.map((key) => `delivery:${endpoint}:${key}`);
}
