import { createHash } from "node:crypto";
import type { RecordResult } from "../../ports/inbox.js";
import type { WebhookProvider } from "../../ports/webhook-provider.js";
import type { VerifiedEvent } from "../../ports/webhook-source.js";
import type { DeliveryVerdict } from "../../task/delivery.js";
import type { Interpretation } from "../../task/interpretation.js";
import type { RouteContext } from "../route.js";
import { askStore } from "./ask-store.js";
import { decideRequest } from "./decide-request.js";
import { recordedHeaders } from "./recorded-headers.js";
import type { WebhookParts } from "./webhook-parts.js";

/** What {@link recordDelivery} stores. */
export interface Interpreted {
  readonly provider: WebhookProvider;
  readonly installationId: string | null;
  readonly event: VerifiedEvent;
  readonly interpretation: Exclude<Interpretation, { kind: "handshake" }>;
  readonly request: Request;
  readonly context: RouteContext;
}

/** Record: one transaction holds the delivery and its task before anybody is answered; then the queue is told. */
export async function recordDelivery(
  { store, storeTimeoutMs, dispatcher, events, metrics, clock }: WebhookParts,
  { provider, installationId, event, interpretation, request, context }: Interpreted,
): Promise<DeliveryVerdict> {
  const decision = decideRequest(interpretation, clock.now());
  const recorded = await askStore(
    store.inbox.record(
      {
        endpoint: installationId === null ? provider.name : `${provider.name}/${installationId}`,
        provider: provider.name,
        externalId: event.externalId,
        event: event.event,
        semanticKey: decision.semanticKey,
        body: event.body,
        bodySha256: createHash("sha256").update(event.body).digest("hex"),
        headers: recordedHeaders(request.headers),
        requestId: context.requestId,
        traceparent: context.traceparent,
      },
      decision.request,
    ),
    storeTimeoutMs,
  );
  const { deliveryId } = recorded;
  const verdict = verdictOf(recorded);
  if (recorded.status === "accepted") dispatcher.dispatch(recorded.entry);
  metrics.increment("agentbot_webhook_deliveries_total", {
    provider: provider.name,
    event: event.event,
    outcome: verdict.status,
  });
  context.logger.info(
    { deliveryId, externalDeliveryId: event.externalId, event: event.event, ...verdict },
    "Delivery recorded",
  );
  events.emit("delivery:recorded", { provider: provider.name, event: event.event, deliveryId, verdict });
  return verdict;
}

function verdictOf(recorded: RecordResult): DeliveryVerdict {
  switch (recorded.status) {
    case "accepted":
      return { status: "accepted", taskId: recorded.taskId };
    case "duplicate":
      return { status: "duplicate", taskId: recorded.taskId };
    case "ignored":
      return { status: "ignored", reason: recorded.reason };
  }
}
