import { z } from "zod";
import { AgentBotError } from "../../errors/agentbot-error.js";
import { jsonResponse, type OutgoingResponse, problemResponse } from "../../http/outgoing-response.js";
import { withStoreTimeout } from "../../http/with-store-timeout.js";
import type { WebhookProvider } from "../../ports/webhook-provider.js";
import type { DeliveryHeaders, RawWebhook, VerifiedEvent } from "../../ports/webhook-source.js";
import type { Installation } from "../../task/installation.js";
import type { WebhookCall, WebhookDeps } from "./handle-webhook.js";
import { assertReturned } from "./interpret-event.js";
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
  const delivery = await verify(provider, { method, url, headers, body: received.body, installation });
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

const deliveryHeaders = z.object({ event: z.string(), externalId: z.string().nullable() }).nullable();

/** A provider that fails to verify has a defect: its sender gets a 500, and never the 401 of a wrong signature. */
async function verify({ name, source }: WebhookProvider, webhook: RawWebhook): Promise<DeliveryHeaders | null> {
  let verified: DeliveryHeaders | null;
  try {
    verified = await source.verify(webhook);
  } catch (error) {
    if (AgentBotError.isInstance(error)) throw error;
    const details = { provider: name, member: "verify" };
    const message = `The member verify of the provider ${name} threw`;
    throw new AgentBotError("PROVIDER_DEFECTIVE", message, { cause: error, details });
  }
  assertReturned(deliveryHeaders, verified, name, "verify");
  return verified;
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
