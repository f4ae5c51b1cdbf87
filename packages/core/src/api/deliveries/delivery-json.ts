import type { Delivery, DeliverySummary } from "../../task/delivery.js";
import { parseDeliveryEndpoint } from "../../task/delivery-endpoint.js";
import type { JsonObject } from "../../task/json.js";
import { redactSecrets } from "../../text/redact-secrets.js";

/** How much of a body is shown, in bytes. */
const maxShownBytes = 256 * 1024;

/** A delivery in a list: what came, and what was decided about it and why. */
export function deliveryJson(delivery: DeliverySummary): JsonObject {
  const { verdict } = delivery;
  const { provider, installationId: endpointInstallationId, replay } = parseDeliveryEndpoint(delivery.endpoint);
  return {
    id: delivery.id,
    provider: delivery.provider,
    endpoint: `/webhooks/${provider}${endpointInstallationId === null ? "" : `/${endpointInstallationId}`}`,
    externalId: delivery.externalId,
    event: delivery.event,
    status: verdict.status,
    reason: verdict.status === "ignored" ? verdict.reason : null,
    taskId: verdict.status === "ignored" ? null : verdict.taskId,
    installationId: delivery.installationId,
    replay: replay === null ? null : { of: replay.of, key: replay.key },
    seenCount: delivery.seenCount,
    bodySha256: delivery.bodySha256,
    requestId: delivery.requestId,
    receivedAt: delivery.receivedAt.toISOString(),
  };
}

/** A delivery by itself: with the headers that were kept and its body as text, credentials taken out of both. */
export function deliveryDetailJson(delivery: Delivery, secrets: readonly string[]): JsonObject {
  const { body, headers } = delivery;
  const redact = (text: string): string => redactSecrets(text, secrets);
  return {
    ...deliveryJson(delivery),
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, typeof value === "string" ? redact(value) : value]),
    ),
    body: body && redact(new TextDecoder().decode(body.subarray(0, maxShownBytes))),
    bodyBytes: body?.byteLength ?? null,
    isBodyTruncated: (body?.byteLength ?? 0) > maxShownBytes,
  };
}
