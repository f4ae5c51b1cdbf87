import { createHash } from "node:crypto";
import type { DeliveryDraft } from "../task/delivery.js";
import { freshId } from "./fresh-id.js";

/**
 * A verified delivery with a fresh body, fresh ids and a fresh dedupe key, so that two of them are never the same delivery.
 * `bodySha256` is that of a given `body`.
 *
 * @example
 * const first = deliveryFixture();
 * await store.inbox.record(first, request);
 * await store.inbox.record(first, request); // duplicate
 */
export function deliveryFixture(overrides: Partial<DeliveryDraft> = {}): DeliveryDraft {
  const body = overrides.body ?? Buffer.from(JSON.stringify({ nonce: freshId("body") }));
  return {
    endpoint: "acme",
    provider: "acme",
    externalId: freshId("delivery"),
    event: "comment.created",
    contentType: "application/json",
    dedupeKey: freshId("comment"),
    body,
    bodySha256: createHash("sha256").update(body).digest("hex"),
    headers: { "content-type": "application/json", "x-acme-event": "comment" },
    requestId: freshId("request"),
    traceparent: null,
    ...overrides,
  };
}
