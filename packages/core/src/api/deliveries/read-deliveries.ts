import { z } from "zod";
import type { IncomingRequest } from "../../http/incoming-request.js";
import { jsonResponse, OutgoingResponse, problemResponse } from "../../http/outgoing-response.js";
import { type Delivery, type DeliverySummary, parseDeliveryEndpoint } from "../../task/delivery.js";
import type { JsonObject } from "../../task/json.js";
import { redactSecrets } from "../../text/redact-secrets.js";
import type { AdminDeps } from "../create-admin-api.js";
import { oneOf, pageParameters, readPage, readQuery, textParameter } from "../read-query.js";

/** How much of a body is shown, in bytes. */
const maxShownBytes = 256 * 1024;

const filters = {
  provider: textParameter,
  status: oneOf(z.enum(["accepted", "duplicate", "ignored"])),
  externalId: textParameter,
  ...pageParameters,
};

/** `GET /api/deliveries`: newest first, page by page, each with its verdict. */
export async function searchDeliveries({ store }: AdminDeps, request: IncomingRequest): Promise<OutgoingResponse> {
  const query = readQuery(request, filters);
  if (query instanceof OutgoingResponse) return query;
  const page = await readPage(() => store.inbox.search(query));
  if (page instanceof OutgoingResponse) return page;
  return jsonResponse(200, { deliveries: page.items.map(deliveryJson), nextCursor: page.next });
}

/** `GET /api/deliveries/{id}`: the only route that shows a body. */
export async function showDelivery(
  { store }: AdminDeps,
  deliveryId: string,
  secrets: readonly string[],
): Promise<OutgoingResponse> {
  const delivery = await store.inbox.find(deliveryId);
  return delivery ? jsonResponse(200, deliveryDetailJson(delivery, secrets)) : unknownDelivery();
}

/** 404 for an unknown delivery id. */
export function unknownDelivery(): OutgoingResponse {
  return problemResponse({
    status: 404,
    code: "DELIVERY_UNKNOWN",
    title: "Unknown delivery",
    detail: "There is no delivery with this id; deliveries are kept for 400 days.",
  });
}

/** A delivery in a list: what was received, what was decided about it, and why. */
function deliveryJson(delivery: DeliverySummary): JsonObject {
  const { verdict } = delivery;
  const { provider, installationId: endpointInstallationId, replay } = parseDeliveryEndpoint(delivery.endpoint);
  return {
    id: delivery.id,
    provider: delivery.provider,
    endpoint: `/webhooks/${provider}${endpointInstallationId === null ? "" : `/${endpointInstallationId}`}`,
    externalId: delivery.externalId,
    event: delivery.event,
    contentType: delivery.contentType,
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

/** One delivery with its recorded headers and its body as text, credentials removed from both. */
function deliveryDetailJson(delivery: Delivery, secrets: readonly string[]): JsonObject {
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
