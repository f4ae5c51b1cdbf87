import assert from "node:assert/strict";
import { decodeBody } from "../../http/decode-body.js";
import type { DecodeResult, RawWebhook, VerifiedEvent, WebhookSource } from "../../ports/webhook-source.js";
import type { Interpretation } from "../../task/interpretation.js";

/**
 * Verifies a webhook as the gateway does, without a gateway: the body, content type and installation of the event are those
 * of the webhook, whatever the source returns. Returns null if the source refuses it.
 */
export async function verifyWebhook(source: WebhookSource, webhook: RawWebhook): Promise<VerifiedEvent | null> {
  const verified = await source.verify(webhook);
  if (!verified) return null;
  const { event, externalId } = verified;
  const { body, installation } = webhook;
  const contentType = (webhook.headers.get("content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
  return { event, externalId, contentType, body, installation } as VerifiedEvent;
}

/** Decodes the body of an event as the gateway does: by the source's own decoder, else by its media type. */
export function decodeWebhook(source: WebhookSource, event: VerifiedEvent): DecodeResult {
  return source.decode?.(event) ?? decodeBody(event);
}

/** Verifies, decodes and interprets a webhook; asserts that it is genuine and can be decoded. */
export async function interpretWebhook(source: WebhookSource, webhook: RawWebhook): Promise<Interpretation> {
  const event = await verifyWebhook(source, webhook);
  assert.ok(event, "a genuine webhook must verify");
  const decoded = decodeWebhook(source, event);
  assert.equal(decoded.status, "decoded", "the body of a genuine webhook must decode");
  return source.interpret(event, decoded.payload);
}
