import type { VerifiedEvent } from "../../ports/webhook-source.js";
import type { Delivery } from "../../task/delivery.js";
import type { Installation } from "../../task/installation.js";

/**
 * The verified event that a stored delivery was made of: the inbox holds none whose signature was not right. Beside
 * `WebhookSource.verify` this is the only maker of one, and it takes nothing from outside.
 */
export function storedEvent(
  { event, externalId }: Delivery,
  body: Uint8Array,
  installation: Installation | null,
): VerifiedEvent {
  return { event, externalId, body, installation } as VerifiedEvent;
}
