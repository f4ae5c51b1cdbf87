import type { JsonValue } from "./json.js";

/** The decision about a delivery. */
export type DeliveryVerdict =
  | { readonly status: "accepted"; readonly taskId: string | null }
  | { readonly status: "duplicate"; readonly taskId: string | null }
  | { readonly status: "ignored"; readonly reason: string };

/** A verified delivery on its way into the inbox. */
export interface DeliveryDraft {
  /** The endpoint it was sent to: the provider's name, with the installation id if the path named one. */
  readonly endpoint: string;
  /** The provider's name. */
  readonly provider: string;
  /** The provider's id of the delivery: reported, indexed and never trusted, since no provider signs it. */
  readonly externalId: string | null;
  /** The provider's name of the event. */
  readonly event: string;
  /** The media type of the body, in lower case and without parameters, such as `application/json`. */
  readonly contentType: string;
  /** The event, repository and message that make two bodies the same request, or null. Stored with the first of them only. */
  readonly dedupeKey: string | null;
  /** The raw bytes that were signed. */
  readonly body: Uint8Array;
  /** Lower-case hex sha256 of `body`. */
  readonly bodySha256: string;
  /** The headers that explain it, without any that may hold a credential. */
  readonly headers: { readonly [name: string]: JsonValue };
  /** The id of the request that brought it, as its response carried it. */
  readonly requestId: string;
  /** W3C trace context of the request, or null. */
  readonly traceparent: string | null;
}

/** A stored delivery as lists show it: without its body, which may have megabytes. */
export interface DeliverySummary extends Omit<DeliveryDraft, "body"> {
  /** A UUIDv7. */
  readonly id: string;
  /** The decision that was answered. */
  readonly verdict: DeliveryVerdict;
  /** The installation it belongs to; null for one that named none. */
  readonly installationId: string | null;
  /** How often the same bytes were received in all. */
  readonly seenCount: number;
  /** When it was received for the first time. */
  readonly receivedAt: Date;
}

/** A stored delivery. The body is null once its retention has ended. */
export interface Delivery extends DeliverySummary {
  /** The raw bytes that were signed, or null. */
  readonly body: Uint8Array | null;
}

/** Where a delivery was received: the provider's path, the installation it named, and which explicit replay it was. */
export interface DeliveryEndpoint {
  /** The provider's name. */
  readonly provider: string;
  /** Null for the provider's App endpoint. */
  readonly installationId: string | null;
  /** Null for what the provider itself sent. */
  readonly replay: DeliveryReplay | null;
  /**
   * The event as which it was ignored, null for one that was not. A header names the event, and none is signed: what was
   * ignored under one name must not answer for the same bytes under another.
   */
  readonly ignoredAs: string | null;
}

/** An explicit replay of a stored delivery. */
export interface DeliveryReplay {
  /** The id of the delivery that the provider sent, also where a replay was replayed. */
  readonly of: string;
  /** The same delivery with the same key is the same replay. */
  readonly key: string;
}

/** The characters that a replay key may have. */
export const replayKeyPattern = /^[\w.:-]{1,128}$/;

const endpointPattern = /^([^/?]+)(?:\/([^/?]+))?(?:\?replay=([^&]+)&key=([\w.:-]{1,128}))?(?:\?ignored=([^&?/]+))?$/;

/** Returns the stored form of an endpoint. A replay has one of its own, so that it is not a duplicate of what it replays. */
export function formatDeliveryEndpoint({ provider, installationId, replay, ignoredAs }: DeliveryEndpoint): string {
  const path = installationId === null ? provider : `${provider}/${installationId}`;
  if (replay !== null) return `${path}?replay=${replay.of}&key=${replay.key}`;
  return ignoredAs === null ? path : `${path}?ignored=${encodeURIComponent(ignoredAs)}`;
}

/** Parses a stored endpoint; one that has another form is a provider's name. */
export function parseDeliveryEndpoint(endpoint: string): DeliveryEndpoint {
  const [, provider = endpoint, installationId = null, of, key, event] = endpointPattern.exec(endpoint) ?? [];
  return {
    ...{ provider, installationId },
    replay: of === undefined || key === undefined ? null : { of, key },
    ignoredAs: event === undefined ? null : decodeURIComponent(event),
  };
}
