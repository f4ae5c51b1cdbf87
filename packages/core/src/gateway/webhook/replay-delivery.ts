import { OutgoingResponse } from "../../http/outgoing-response.js";
import { withStoreTimeout } from "../../http/with-store-timeout.js";
import type { InboxRequest } from "../../ports/inbox.js";
import { type Delivery, formatDeliveryEndpoint, parseDeliveryEndpoint } from "../../task/delivery.js";
import type { Interpretation } from "../../task/interpretation.js";
import type { RouteContext } from "../route.js";
import type { WebhookDeps } from "./handle-webhook.js";
import { interpretEvent } from "./interpret-event.js";
import { type StoredDelivery, storeDelivery } from "./record-delivery.js";
import { verifiedEvent } from "./verify-signature.js";

/** A recorded replay, or why there is none. */
export type ReplayResult =
  | ({ readonly status: "recorded" } & StoredDelivery)
  /** The retention of its body has ended. */
  | { readonly status: "body-gone" }
  /** No provider of its name is configured any more. */
  | { readonly status: "provider-missing" }
  /** It does not request work: a change of an installation, a command, a handshake. */
  | { readonly status: "no-request" };

/**
 * Repeats what a stored delivery requested: its provider interprets the stored bytes again, and the result is recorded as a
 * delivery of its own under the key. Its age does not matter: a replay is a request of now.
 */
export async function replayDelivery(
  deps: WebhookDeps,
  delivery: Delivery,
  key: string,
  context: RouteContext,
): Promise<ReplayResult> {
  const { body, contentType } = delivery;
  if (body === null) return { status: "body-gone" };
  const provider = deps.providers.get(delivery.provider);
  if (!provider) return { status: "provider-missing" };

  const { installationId, replay } = parseDeliveryEndpoint(delivery.endpoint);
  const installation =
    installationId === null
      ? null
      : await withStoreTimeout(deps.store.installations.find(installationId), deps.storeWaitMs());
  // Without it the event would be interpreted as the App endpoint's, which selects the tenant in another way.
  if (installationId !== null && installation === null) return { status: "no-request" };
  const event = verifiedEvent(delivery, { body, contentType }, installation);
  const request = requestOf(interpretEvent(provider, event, context.logger));
  if (request === null) return { status: "no-request" };

  const { id, receivedAt: _at, seenCount: _count, verdict: _verdict, installationId: _tenant, ...first } = delivery;
  const draft = {
    ...first,
    body,
    endpoint: formatDeliveryEndpoint({
      provider: provider.name,
      installationId,
      replay: { of: replay?.of ?? id, key },
      ignoredAs: null,
    }),
    dedupeKey: null,
    requestId: context.requestId,
    traceparent: context.traceparent,
  };
  return { status: "recorded", ...(await storeDelivery(deps, draft, request, context, deps.storeWaitMs())) };
}

/** Returns the request of a replay; null for an installation event or a command, which belong to their own time. */
function requestOf(interpretation: Interpretation | OutgoingResponse): InboxRequest | null {
  if (interpretation instanceof OutgoingResponse) return null;
  switch (interpretation.kind) {
    case "task": {
      const { tenant, draft } = interpretation;
      // Requested explicitly, it waits for its thread instead of collapsing into another task.
      return { kind: "task", tenant, draft: { ...draft, whenThreadBusy: "queue" } };
    }
    case "ignored":
      return interpretation;
    case "command":
    case "withdrawal":
    case "closure":
    case "installation":
    case "handshake":
      return null;
  }
}
