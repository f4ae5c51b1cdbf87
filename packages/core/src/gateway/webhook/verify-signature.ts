import { jsonResponse, type OutgoingResponse, problemResponse } from "../../http/outgoing-response.js";
import { withStoreTimeout } from "../../http/with-store-timeout.js";
import type { DeliveryHeaders, VerifiedEvent } from "../../ports/webhook-source.js";
import type { Installation } from "../../task/installation.js";
import type { WebhookCall, WebhookDeps } from "./handle-webhook.js";
import type { ReceivedBody } from "./receive-body.js";

/** Verify: returns the event, or one constant 401; 429 after too many failures of one address. */
export async function verifySignature(
  deps: WebhookDeps,
  call: WebhookCall,
  received: ReceivedBody,
): Promise<VerifiedEvent | OutgoingResponse> {
  const { provider, request, context } = call;
  const installation = call.installationId === null ? null : await findInstallation(deps, call, call.installationId);
  const { method, url, headers } = request;
  const delivery = await provider.source.verify({ method, url, headers, body: received.body, installation });
  if (delivery) return verifiedEvent(delivery, received, installation);

  const { remoteAddress, logger } = context;
  logger.warn({ remoteAddress }, "Delivery refused: the signature is missing or wrong");
  const limit = await deps.countFailure(remoteAddress ?? "unknown");
  // Always the same bytes, whatever was wrong.
  if (limit.status === "allowed") return jsonResponse(401, { error: "unauthorized" });
  return problemResponse({
    status: 429,
    code: "TOO_MANY_FAILED_VERIFICATIONS",
    title: "Too many failed verifications",
    detail: "Too many deliveries with a wrong signature came from this address; check the webhook secret.",
    headers: { "retry-after": String(Math.ceil(limit.retryAfterMs / 1000)) },
  });
}

/**
 * The only place that creates a verified event: from what a source has verified, or from a stored delivery, which was
 * verified when it was received.
 */
export function verifiedEvent(
  { event, externalId }: DeliveryHeaders,
  { body, contentType }: ReceivedBody,
  installation: Installation | null,
): VerifiedEvent {
  return { event, externalId, contentType, body, installation } as VerifiedEvent;
}

/** An unknown installation, or another provider's, becomes one without a secret: it costs and looks like a wrong signature. */
async function findInstallation(
  { store }: WebhookDeps,
  { provider, storeWaitMs }: WebhookCall,
  installationId: string,
): Promise<Installation> {
  const installation = await withStoreTimeout(store.installations.find(installationId), storeWaitMs());
  if (installation?.provider === provider.name) return installation;
  return {
    id: installationId,
    provider: provider.name,
    externalId: "",
    account: "",
    status: "deleted",
    webhookSecret: null,
  };
}
