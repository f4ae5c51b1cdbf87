import type { ReplayResult } from "../../api/deliveries/replay-result.js";
import { withStoreTimeout } from "../../http/with-store-timeout.js";
import type { InboxRequest } from "../../ports/inbox.js";
import type { Delivery } from "../../task/delivery.js";
import { formatDeliveryEndpoint, parseDeliveryEndpoint } from "../../task/delivery-endpoint.js";
import type { RouteContext } from "../route.js";
import { interpretEvent } from "./interpret-event.js";
import { storeDelivery } from "./store-delivery.js";
import { storedEvent } from "./stored-event.js";
import type { WebhookParts } from "./webhook-parts.js";

/**
 * Does again what a stored delivery asks for: its provider says anew what it means, and that is recorded as a delivery of
 * its own, told apart by the key. However old it is, whoever replays it wants it done now.
 */
export async function replayDelivery(
  parts: WebhookParts,
  delivery: Delivery,
  key: string,
  context: RouteContext,
): Promise<ReplayResult> {
  const { body } = delivery;
  if (body === null) return { status: "body-gone" };
  const provider = parts.providers.get(delivery.provider);
  if (!provider) return { status: "provider-missing" };

  const { installationId, replay } = parseDeliveryEndpoint(delivery.endpoint);
  const installation =
    installationId === null
      ? null
      : await withStoreTimeout(parts.store.installations.find(installationId), parts.storeTimeoutMs);
  const event = storedEvent(delivery, body, installation);
  const request = requestOf(interpretEvent(parts, provider, event, context.logger));
  if (request === null) return { status: "no-request" };

  const { id, receivedAt: _at, seenCount: _count, verdict: _verdict, installationId: _tenant, ...first } = delivery;
  const draft = {
    ...first,
    body,
    endpoint: formatDeliveryEndpoint({
      provider: provider.name,
      installationId,
      replay: { of: replay?.of ?? id, key },
    }),
    dedupeKey: null,
    requestId: context.requestId,
    traceparent: context.traceparent,
  };
  return { status: "recorded", ...(await storeDelivery(parts, draft, request, context)) };
}

/** What is to be done about it; null for what was news or a command, and has had its time. */
function requestOf(interpretation: ReturnType<typeof interpretEvent>): InboxRequest | null {
  if (interpretation instanceof Response) return null;
  switch (interpretation.kind) {
    case "task": {
      const { tenant, draft } = interpretation;
      // Asked for by name, it waits for its thread instead of falling together with what is there.
      return { kind: "task", tenant, draft: { ...draft, whenThreadBusy: "queue" } };
    }
    case "ignored":
      return interpretation;
    case "command":
    case "withdrawal":
    case "installation":
      return null;
  }
}
