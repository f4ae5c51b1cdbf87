import { z } from "zod";
import type { IncomingRequest } from "../../http/incoming-request.js";
import { jsonResponse } from "../../http/responses.js";
import type { AdminParts } from "../admin-parts.js";
import { askForPage } from "../ask-for-page.js";
import { oneOf, pageParameters, readQuery, textParameter } from "../read-query.js";
import { deliveryJson } from "./delivery-json.js";

const filters = {
  provider: textParameter,
  status: oneOf(z.enum(["accepted", "duplicate", "ignored"])),
  externalId: textParameter,
  ...pageParameters,
};

/** `GET /api/deliveries`: newest first, a page at a time; each with its verdict. */
export async function searchDeliveries({ store }: AdminParts, request: IncomingRequest): Promise<Response> {
  const query = readQuery(request, filters);
  if (query instanceof Response) return query;
  const page = await askForPage(() => store.inbox.search(query));
  if (page instanceof Response) return page;
  return jsonResponse(200, { deliveries: page.items.map(deliveryJson), nextCursor: page.next });
}
