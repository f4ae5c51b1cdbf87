import type { IncomingRequest } from "../../http/incoming-request.js";
import { jsonResponse, problemResponse } from "../../http/responses.js";
import type { WebhookProvider } from "../../ports/webhook-provider.js";
import type { RouteContext } from "../route.js";
import { interpretEvent } from "./interpret-event.js";
import { receiveBody } from "./receive-body.js";
import { recordDelivery } from "./record-delivery.js";
import { verifySignature } from "./verify-signature.js";
import type { WebhookParts } from "./webhook-parts.js";

/** The webhook route. Each step gives the next one its value, or the answer that ends the request. */
export async function handleWebhook(
  parts: WebhookParts,
  request: IncomingRequest,
  context: RouteContext,
): Promise<Response> {
  const [providerName, installationId = null] = context.parameters;
  const provider = parts.providers.get(providerName ?? "");
  if (!provider) {
    return problemResponse({
      status: 404,
      code: "PROVIDER_UNKNOWN",
      title: "Unknown provider",
      detail: "No provider of this name is configured here.",
    });
  }
  const startedAt = performance.now();
  try {
    return await answer(parts, provider, installationId, request, context);
  } catch (error) {
    const labels = { provider: provider.name, event: "unrecorded", outcome: "error" };
    parts.metrics.increment("agentbot_webhook_deliveries_total", labels);
    throw error;
  } finally {
    const seconds = (performance.now() - startedAt) / 1000;
    parts.metrics.observe("agentbot_webhook_duration_seconds", seconds, { provider: provider.name });
  }
}

async function answer(
  parts: WebhookParts,
  provider: WebhookProvider,
  installationId: string | null,
  request: IncomingRequest,
  context: RouteContext,
): Promise<Response> {
  const body = await receiveBody(request, provider.source.contentTypes, parts.bodyLimits);
  if (body instanceof Response) {
    const labels = { provider: provider.name, event: "unverified", outcome: "error" };
    parts.metrics.increment("agentbot_webhook_deliveries_total", labels);
    return body;
  }

  const event = await verifySignature(parts, { provider, installationId, headers: request.headers, body, context });
  if (event instanceof Response) return event;

  const interpretation = interpretEvent(parts, provider, event, context.logger);
  if (interpretation instanceof Response) return interpretation;

  const verdict = await recordDelivery(parts, { provider, installationId, event, interpretation, request, context });
  return jsonResponse(200, verdict);
}
