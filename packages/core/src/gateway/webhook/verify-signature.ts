import { problemResponse, unauthorizedResponse } from "../../http/responses.js";
import { withStoreTimeout } from "../../http/with-store-timeout.js";
import type { WebhookProvider } from "../../ports/webhook-provider.js";
import type { VerifiedEvent } from "../../ports/webhook-source.js";
import type { Installation } from "../../task/installation.js";
import type { RouteContext } from "../route.js";
import type { WebhookParts } from "./webhook-parts.js";

/** What {@link verifySignature} looks at. */
export interface Unverified {
  readonly provider: WebhookProvider;
  readonly installationId: string | null;
  readonly headers: Headers;
  readonly body: Uint8Array;
  readonly context: RouteContext;
}

/** Verify: the event, or the constant 401; 429 after too many failures from one address. */
export async function verifySignature(
  parts: WebhookParts,
  { provider, installationId, headers, body, context }: Unverified,
): Promise<VerifiedEvent | Response> {
  const installation = installationId === null ? null : await findInstallation(parts, provider, installationId);
  const event = await provider.source.verify({ headers, body, installation });
  if (event) return event;

  const labels = { provider: provider.name, event: "unverified", outcome: "bad_signature" };
  parts.metrics.increment("agentbot_webhook_deliveries_total", labels);
  context.logger.warn({ remoteAddress: context.remoteAddress }, "Delivery refused: the signature is missing or wrong");
  const limit = await parts.countFailure(context.remoteAddress ?? "unknown");
  if (limit.status === "allowed") return unauthorizedResponse();
  return problemResponse({
    status: 429,
    code: "TOO_MANY_FAILED_VERIFICATIONS",
    title: "Too many failed verifications",
    detail: "Too many deliveries with a wrong signature came from this address; check the webhook secret.",
    headers: { "retry-after": String(Math.ceil(limit.retryAfterMs / 1000)) },
  });
}

/** An unknown or foreign installation becomes one without a secret: it costs and looks the same as a wrong signature. */
async function findInstallation(
  { store, storeTimeoutMs }: WebhookParts,
  provider: WebhookProvider,
  installationId: string,
): Promise<Installation> {
  const installation = await withStoreTimeout(store.installations.find(installationId), storeTimeoutMs);
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
