import { createHash } from "node:crypto";
import type { DeliveryDraft } from "../task/delivery.js";
import { freshId } from "./fresh-id.js";

/**
 * A verified delivery for tests: its body, ids and semantic key are fresh, so that no two are the same delivery unless
 * you say so. A given `body` brings its own sha256.
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
    dedupeKey: freshId("comment"),
    body,
    bodySha256: createHash("sha256").update(body).digest("hex"),
    headers: { "content-type": "application/json", "x-acme-event": "comment" },
    requestId: freshId("request"),
    traceparent: null,
    ...overrides,
  };
}
