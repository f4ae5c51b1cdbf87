import type { JsonValue } from "./json.js";

/** What was decided about a delivery. */
export type DeliveryVerdict =
  | { readonly status: "accepted"; readonly taskId: string | null }
  | { readonly status: "duplicate"; readonly taskId: string | null }
  | { readonly status: "ignored"; readonly reason: string };

/** A verified delivery on its way into the inbox. */
export interface DeliveryDraft {
  /** The endpoint it came to: the provider's name, with the installation id if the path named one. */
  readonly endpoint: string;
  readonly provider: string;
  /** The provider's id of the delivery: reported, indexed and never trusted, since no provider signs it. */
  readonly externalId: string | null;
  readonly event: string;
  /** The media type of the body, in lower case and without parameters, such as `application/json`. */
  readonly contentType: string;
  /** The event, repository and message that make two bodies the same request, or null. Stored with the first of them only. */
  readonly dedupeKey: string | null;
  /** The raw bytes that were signed. */
  readonly body: Uint8Array;
  /** Lower-case hex sha256 of `body`. */
  readonly bodySha256: string;
  readonly headers: { readonly [name: string]: JsonValue };
  readonly requestId: string;
  readonly traceparent: string | null;
}

/** A stored delivery as lists show it: all but its body, which may weigh megabytes. */
export interface DeliverySummary extends Omit<DeliveryDraft, "body"> {
  readonly id: string;
  readonly verdict: DeliveryVerdict;
  readonly installationId: string | null;
  /** How often the same bytes came in all. */
  readonly seenCount: number;
  readonly receivedAt: Date;
}

/** A stored delivery. The body is null once its retention ended. */
export interface Delivery extends DeliverySummary {
  readonly body: Uint8Array | null;
}
