import { createHash } from "node:crypto";
import type { IncomingRequest } from "../../http/incoming-request.js";
import type { WebhookProvider } from "../../ports/webhook-provider.js";
import type { VerifiedEvent } from "../../ports/webhook-source.js";
import type { DeliveryVerdict } from "../../task/delivery.js";
import { formatDeliveryEndpoint } from "../../task/delivery-endpoint.js";
import type { Interpretation } from "../../task/interpretation.js";
import type { RouteContext } from "../route.js";
import { decideRequest } from "./decide-request.js";
import { recordedHeaders } from "./recorded-headers.js";
import { storeDelivery } from "./store-delivery.js";
import type { WebhookParts } from "./webhook-parts.js";

/** What {@link recordDelivery} stores. */
export interface Interpreted {
  readonly provider: WebhookProvider;
  readonly installationId: string | null;
  readonly event: VerifiedEvent;
  readonly interpretation: Exclude<Interpretation, { kind: "handshake" }>;
  readonly request: IncomingRequest;
  readonly context: RouteContext;
}

/** Record: what the event means is decided and stored, with everything that explains it. */
export async function recordDelivery(
  parts: WebhookParts,
  { provider, installationId, event, interpretation, request, context }: Interpreted,
): Promise<DeliveryVerdict> {
  const decision = decideRequest(interpretation, parts.clock.now());
  const draft = {
    endpoint: formatDeliveryEndpoint({ provider: provider.name, installationId, replay: null }),
    provider: provider.name,
    externalId: event.externalId,
    event: event.event,
    dedupeKey: decision.dedupeKey,
    body: event.body,
    bodySha256: createHash("sha256").update(event.body).digest("hex"),
    headers: recordedHeaders(request.headers),
    requestId: context.requestId,
    traceparent: context.traceparent,
  };
  const { verdict } = await storeDelivery(parts, draft, decision.request, context);
  return verdict;
}
