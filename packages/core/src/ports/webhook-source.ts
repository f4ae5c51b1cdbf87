import type { Installation } from "../task/installation.js";
import type { Interpretation } from "../task/interpretation.js";

/** A webhook as it came in: raw bytes, nothing parsed. */
export interface RawWebhook {
  readonly headers: Headers;
  readonly body: Uint8Array;
  /** The installation the path named, or null for the provider's App endpoint. */
  readonly installation: Installation | null;
}

declare const verified: unique symbol;

/** A webhook whose signature was right. Only {@link WebhookSource.verify} makes one, so nothing unverified is ever interpreted. */
export interface VerifiedEvent {
  readonly [verified]: true;
  readonly event: string;
  /** The provider's unsigned id of the delivery, at most 128 characters, or null. */
  readonly externalId: string | null;
  readonly body: Uint8Array;
  readonly installation: Installation | null;
}

/** The receiving side of a provider. */
export interface WebhookSource {
  /** Media types the provider sends, such as `application/json`. */
  readonly contentTypes: readonly string[];
  /** Checks the signature over the raw bytes; null when it is missing or wrong. Does the same work either way. */
  verify(webhook: RawWebhook): Promise<VerifiedEvent | null>;
  /** Says what an event means. Pure: no I/O, no clock. `payload` is the parsed body. */
  interpret(event: VerifiedEvent, payload: unknown): Interpretation;
}
