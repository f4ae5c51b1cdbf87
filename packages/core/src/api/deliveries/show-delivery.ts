import { jsonResponse } from "../../http/responses.js";
import type { AdminParts } from "../admin-parts.js";
import { deliveryDetailJson } from "./delivery-json.js";
import { respondUnknownDelivery } from "./respond-unknown-delivery.js";

/** `GET /api/deliveries/{id}`: the one place that shows a body. */
export async function showDelivery(
  { store }: AdminParts,
  deliveryId: string,
  secrets: readonly string[],
): Promise<Response> {
  const delivery = await store.inbox.find(deliveryId);
  return delivery ? jsonResponse(200, deliveryDetailJson(delivery, secrets)) : respondUnknownDelivery();
}
