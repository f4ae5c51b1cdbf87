import { withStoreTimeout } from "../../http/with-store-timeout.js";
import type { InboxRequest, RecordResult } from "../../ports/inbox.js";
import type { DeliveryDraft, DeliveryVerdict } from "../../task/delivery.js";
import { attributeNames } from "../../tracing/span-names.js";
import type { RouteContext } from "../route.js";
import type { WebhookParts } from "./webhook-parts.js";

/** A stored delivery and what was decided about it. */
export interface StoredDelivery {
  readonly deliveryId: string;
  readonly verdict: DeliveryVerdict;
}

/** One transaction holds the delivery and its task before anybody is answered; then the queue is told. */
export async function storeDelivery(
  { store, storeTimeoutMs, dispatcher, events, metrics }: WebhookParts,
  draft: DeliveryDraft,
  request: InboxRequest,
  { logger, span }: RouteContext,
): Promise<StoredDelivery> {
  const recorded = await withStoreTimeout(store.inbox.record(draft, request), storeTimeoutMs);
  const { provider, event, externalId } = draft;
  const { deliveryId } = recorded;
  const verdict = verdictOf(recorded);
  if (recorded.status === "accepted") dispatcher.dispatch(recorded.entry);
  span.setAttributes({
    [attributeNames.provider]: provider,
    [attributeNames.deliveryId]: deliveryId,
    [attributeNames.deliveryStatus]: verdict.status,
    ...("taskId" in verdict && verdict.taskId !== null ? { [attributeNames.taskId]: verdict.taskId } : {}),
  });
  metrics.increment("agentbot_webhook_deliveries_total", { provider, event, outcome: verdict.status });
  logger.info({ deliveryId, externalDeliveryId: externalId, event, ...verdict }, "Delivery recorded");
  if (recorded.status !== "duplicate" && recorded.isExternalIdReused) {
    logger.warn(
      { deliveryId, externalDeliveryId: externalId },
      "Delivery id reused: another body came under it before; nobody signs ids, so what counts is the body",
    );
  }
  events.emit("delivery:recorded", { provider, event, deliveryId, verdict });
  return { deliveryId, verdict };
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
