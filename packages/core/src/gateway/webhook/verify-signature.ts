import { z } from "zod";
import { AgentBotError } from "../../errors/agentbot-error.js";
import { jsonResponse, type OutgoingResponse, problemResponse } from "../../http/outgoing-response.js";
import { withStoreTimeout } from "../../http/with-store-timeout.js";
import type { WebhookProvider } from "../../ports/webhook-provider.js";
import type { DeliveryHeaders, RawWebhook, VerifiedEvent } from "../../ports/webhook-source.js";
import type { Installation } from "../../task/installation.js";
import type { RouteContext } from "../route.js";
import type { WebhookCall, WebhookDeps } from "./handle-webhook.js";
import { assertReturned } from "./interpret-event.js";
import type { ReceivedBody } from "./receive-body.js";

/**
 * Screen: returns null for a webhook that may be genuine by its head, or the 401, 429 or 400 that refuses it before a byte of
 * its body is read.
 */
export async function screenHead(
  deps: WebhookDeps,
  { provider, request, context }: WebhookCall,
): Promise<OutgoingResponse | null> {
  const { method, url, headers } = request;
  const fault = provider.source.screen?.({ method, url, headers }) ?? null;
  if (fault === "unsigned") return await refuseUnverified(deps, context);
  if (fault === null) return null;
  deps.refusals.warn(
    context.logger,
    { remoteAddress: context.remoteAddress },
    "Delivery refused: a header is malformed",
  );
  return problemResponse({
    status: 400,
    code: "DELIVERY_MALFORMED",
    title: "Malformed delivery",
    detail: "The headers that name the event and the delivery are missing or malformed.",
  });
}

/** Verify: returns the event, or one constant 401; 429 after too many failures of one client. */
export async function verifySignature(
  deps: WebhookDeps,
  call: WebhookCall,
  received: ReceivedBody,
): Promise<VerifiedEvent | OutgoingResponse> {
  const { provider, request } = call;
  const installation = call.installationId === null ? null : await findInstallation(deps, call, call.installationId);
  const { method, url, headers } = request;
  const delivery = await verify(provider, { method, url, headers, body: received.body, installation });
  return delivery ? verifiedEvent(delivery, received, installation) : await refuseUnverified(deps, call.context);
}

/** Counts the failure and refuses it. */
async function refuseUnverified(
  { failures, refusals }: WebhookDeps,
  { remoteAddress, client, logger }: RouteContext,
): Promise<OutgoingResponse> {
  refusals.warn(logger, { remoteAddress }, "Delivery refused: the signature is missing or wrong");
  const limit = await failures.count(client);
  // Always the same bytes, whatever was wrong.
  return limit.status === "allowed"
    ? jsonResponse(401, { error: "unauthorized" })
    : tooManyFailures(limit.retryAfterMs);
}

/** The 429 of a client over its limit of failed verifications. */
export function tooManyFailures(retryAfterMs: number): OutgoingResponse {
  return problemResponse({
    status: 429,
    code: "TOO_MANY_FAILED_VERIFICATIONS",
    title: "Too many failed verifications",
    detail: "Too many deliveries with a wrong signature came from this address; check the webhook secret.",
    headers: { "retry-after": String(Math.ceil(retryAfterMs / 1000)) },
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
