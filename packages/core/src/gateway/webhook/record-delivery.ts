import { hash } from "node:crypto";
import { withStoreTimeout } from "../../http/with-store-timeout.js";
import type { InboxRequest, RecordResult } from "../../ports/inbox.js";
import type { VerifiedEvent } from "../../ports/webhook-source.js";
import { type DeliveryDraft, type DeliveryVerdict, formatDeliveryEndpoint } from "../../task/delivery.js";
import type { Interpretation } from "../../task/interpretation.js";
import { attributeNames } from "../../tracing/trace-format.js";
import type { RouteContext } from "../route.js";
import type { WebhookCall, WebhookDeps } from "./handle-webhook.js";

/** A signed event older than this is a replay or a late redelivery, in milliseconds (7 days). */
const staleAfterMs = 7 * 24 * 60 * 60 * 1000;

/** The headers that explain a delivery of any provider. */
const commonHeaders = ["content-type", "user-agent", "x-request-id", "traceparent"];
const maxHeaderLength = 512;

/** Record: stores the delivery with its verdict and what explains it. */
export async function recordDelivery(
  deps: WebhookDeps,
  { provider, installationId, request: { headers }, context, storeWaitMs }: WebhookCall,
  event: VerifiedEvent,
  interpretation: Exclude<Interpretation, { kind: "handshake" }>,
): Promise<DeliveryVerdict> {
  const { request, dedupeKey } = decide(interpretation, deps.clock.now());
  const ignoredAs = interpretation.kind === "ignored" ? deps.knownEvent(provider.name, event.event) : null;
  const draft: DeliveryDraft = {
    endpoint: formatDeliveryEndpoint({ provider: provider.name, installationId, replay: null, ignoredAs }),
    provider: provider.name,
    externalId: event.externalId,
    event: event.event,
    contentType: event.contentType,
    dedupeKey,
    body: event.body,
    bodySha256: hash("sha256", event.body, "hex"),
    headers: recordedHeaders(headers, provider.source.form.recordedHeaders ?? []),
    requestId: context.requestId,
    traceparent: context.traceparent,
  };
  const { verdict } = await storeDelivery(deps, draft, request, context, storeWaitMs());
  return verdict;
}

/** Returns the request to record for an event now, and the key that makes two events the same request. */
function decide(
  interpretation: Exclude<Interpretation, { kind: "handshake" }>,
  now: Date,
): { readonly request: InboxRequest; readonly dedupeKey: string | null } {
  switch (interpretation.kind) {
    case "ignored":
    case "installation":
    case "withdrawal":
    case "closure":
      return { request: interpretation, dedupeKey: null };
    case "command":
    case "task": {
      const { dedupeKey, ...request } = interpretation;
      const isStale = now.getTime() - request.draft.occurredAt.getTime() > staleAfterMs;
      return isStale ? { request: { kind: "ignored", reason: "stale" }, dedupeKey: null } : { request, dedupeKey };
    }
  }
}

/** The headers that are kept with a delivery to explain it. Proxies add credentials of any name, so that only known ones are. */
function recordedHeaders(headers: Headers, ofProvider: readonly string[]): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of [...commonHeaders, ...ofProvider]) {
    const value = headers.get(name);
    if (value !== null) kept[name] = value.slice(0, maxHeaderLength);
  }
  return kept;
}

/** A stored delivery and its verdict. */
export interface StoredDelivery {
  readonly deliveryId: string;
  readonly verdict: DeliveryVerdict;
}

/** One transaction holds the delivery and its task or command before the sender is answered; then it is queued. */
export async function storeDelivery(
  deps: WebhookDeps,
  draft: DeliveryDraft,
  request: InboxRequest,
  { logger, span }: RouteContext,
  waitMs: number,
): Promise<StoredDelivery> {
  const recorded = await withStoreTimeout(deps.store.inbox.record(draft, request), waitMs);
  const { provider, event, externalId } = draft;
  const { deliveryId } = recorded;
  const verdict = verdictOf(recorded);
  if (recorded.status === "accepted") deps.dispatcher.dispatch(recorded.entry);
  span.setAttributes({
    [attributeNames.provider]: provider,
    [attributeNames.deliveryId]: deliveryId,
    [attributeNames.deliveryStatus]: verdict.status,
    ...("taskId" in verdict && verdict.taskId !== null ? { [attributeNames.taskId]: verdict.taskId } : {}),
  });
  deps.countDelivery(provider, event, verdict.status);
  logger.info({ deliveryId, externalDeliveryId: externalId, event, ...verdict }, "Delivery recorded");
  if (recorded.status !== "duplicate" && recorded.isExternalIdReused) {
    logger.warn(
      { deliveryId, externalDeliveryId: externalId },
      "Delivery id reused: another body had it before; no provider signs ids, so the body counts",
    );
  }
  deps.events.emit("delivery:recorded", { provider, event, deliveryId, verdict });
  return { deliveryId, verdict };
}

function verdictOf(recorded: RecordResult): DeliveryVerdict {
  return recorded.status === "ignored"
    ? { status: "ignored", reason: recorded.reason }
    : { status: recorded.status, taskId: recorded.taskId };
}
