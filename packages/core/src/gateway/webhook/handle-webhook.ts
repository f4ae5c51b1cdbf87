import type { LifecycleEvents } from "../../events/lifecycle-events.js";
import type { BodyLimits, IncomingRequest } from "../../http/incoming-request.js";
import { jsonResponse, OutgoingResponse, problemResponse } from "../../http/outgoing-response.js";
import type { Clock } from "../../ports/clock.js";
import type { Metrics } from "../../ports/metrics.js";
import type { Store } from "../../ports/store.js";
import type { WebhookProvider } from "../../ports/webhook-provider.js";
import type { VerifiedEvent } from "../../ports/webhook-source.js";
import type { DeliveryVerdict } from "../../task/delivery.js";
import type { RefusalLog } from "../refusal-log.js";
import type { RouteContext } from "../route.js";
import type { Dispatcher } from "./dispatcher.js";
import type { FailureCount } from "./failure-count.js";
import { interpretEvent } from "./interpret-event.js";
import { type BodiesInFlight, receiveBody } from "./receive-body.js";
import { recordDelivery } from "./record-delivery.js";
import { screenHead, verifySignature } from "./verify-signature.js";

/** Dependencies of the webhook route and of replays. */
export interface WebhookDeps {
  readonly providers: ReadonlyMap<string, WebhookProvider>;
  readonly store: Store;
  /** How long to wait for the store now, in milliseconds: less while it is known to be down. */
  readonly storeWaitMs: (limitMs?: number) => number;
  readonly dispatcher: Dispatcher;
  /** Counts failed verifications by client; a signed delivery is never limited. */
  readonly failures: FailureCount;
  readonly refusals: RefusalLog;
  /** The bodies whose signature is not checked yet. */
  readonly bodies: BodiesInFlight;
  readonly events: LifecycleEvents;
  readonly metrics: Metrics;
  /** The name of an event if it is one of its provider's, else `other`. */
  readonly knownEvent: (provider: string, event: string) => string;
  /** Counts one delivery by what was decided about it. */
  readonly countDelivery: (provider: string, event: string, outcome: string) => void;
  readonly clock: Clock;
  readonly bodyLimits: BodyLimits;
}

/** One request to the webhook route. */
export interface WebhookCall {
  readonly provider: WebhookProvider;
  /** The installation that the path names, or null for the provider's App endpoint. */
  readonly installationId: string | null;
  readonly request: IncomingRequest;
  readonly context: RouteContext;
  /** How long the next answer of the store may take, in milliseconds. */
  readonly storeWaitMs: () => number;
}

/** `POST /webhooks/{provider}` and `/webhooks/{provider}/{installationId}`. */
export async function handleWebhook(
  deps: WebhookDeps,
  request: IncomingRequest,
  context: RouteContext,
): Promise<OutgoingResponse> {
  const startedAtMs = performance.now();
  const { provider: name = "", installationId = null } = context.parameters;
  const provider = deps.providers.get(name);
  if (!provider) {
    return problemResponse({
      status: 404,
      code: "PROVIDER_UNKNOWN",
      title: "Unknown provider",
      detail: "No provider of this name is configured here.",
    });
  }
  const { answerWithinMs } = provider.source.form;
  // The provider waits for the whole answer: what the body took is gone.
  const storeWaitMs = (): number =>
    deps.storeWaitMs(answerWithinMs && Math.max(1, answerWithinMs - (performance.now() - startedAtMs)));
  try {
    return await answer(deps, { provider, installationId, request, context, storeWaitMs });
  } catch (error) {
    deps.countDelivery(name, "unrecorded", "error");
    throw error;
  } finally {
    const seconds = (performance.now() - startedAtMs) / 1000;
    deps.metrics.observe("agentbot_webhook_duration_seconds", seconds, { provider: name });
  }
}

/** Screen → receive → verify → interpret → record → reply. A step returns the value for the next one, or the final response. */
async function answer(deps: WebhookDeps, call: WebhookCall): Promise<OutgoingResponse> {
  const { provider } = call;
  const received = await receiveBody(deps, call, () => screenHead(deps, call));
  if (received instanceof OutgoingResponse) {
    const isForged = received.status === 401 || received.status === 429;
    deps.countDelivery(provider.name, "unverified", isForged ? "bad_signature" : "error");
    return received;
  }

  const event = await verifySignature(deps, call, received);
  if (event instanceof OutgoingResponse) {
    deps.countDelivery(provider.name, "unverified", "bad_signature");
    return event;
  }

  const interpretation = interpretEvent(provider, event, call.context.logger);
  if (interpretation instanceof OutgoingResponse) {
    deps.countDelivery(provider.name, event.event, "error");
    return interpretation;
  }
  if (interpretation.kind === "handshake") {
    return ownResponse(interpretation);
  }

  const verdict = await recordDelivery(deps, call, event, interpretation);
  return reply(call, verdict, event);
}

/** The delivery is recorded already: if the provider's reply fails, the default one is sent. */
function reply({ provider, context }: WebhookCall, verdict: DeliveryVerdict, event: VerifiedEvent): OutgoingResponse {
  try {
    const given = provider.source.reply?.(verdict, event);
    if (given) return ownResponse(given);
  } catch (error) {
    context.logger.error(
      { err: error, event: event.event },
      "The provider's reply failed; the verdict is sent instead",
    );
  }
  return jsonResponse(200, verdict);
}

/** A response that the provider chose. Throws for a content type that a header cannot have: no host could send it. */
function ownResponse({ contentType, body }: { readonly contentType: string; readonly body: string }): OutgoingResponse {
  const headers = new Headers({ "content-type": contentType });
  return new OutgoingResponse(200, Object.fromEntries(headers), body);
}
