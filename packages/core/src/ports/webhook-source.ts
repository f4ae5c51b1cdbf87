import type { DeliveryVerdict } from "../task/delivery.js";
import type { Installation } from "../task/installation.js";
import type { Interpretation } from "../task/interpretation.js";

/** A webhook of which nothing but its head has been read. */
export interface WebhookHead {
  /** In upper case. */
  readonly method: string;
  /** The whole URL of the request as the client addressed it: some signatures cover path and query. */
  readonly url: string;
  /** As they were received. */
  readonly headers: Headers;
}

/** A webhook as it was received: raw bytes, nothing parsed. */
export interface RawWebhook extends WebhookHead {
  /** The bytes that are signed. */
  readonly body: Uint8Array;
  /** The installation that the path named, or null for the provider's App endpoint. */
  readonly installation: Installation | null;
}

/** The event and the id of a delivery whose signature is right, from its headers. */
export interface DeliveryHeaders {
  /** The provider's name of the event, such as `issue_comment`. */
  readonly event: string;
  /** The provider's id of the delivery, at most 128 characters, or null. It is not signed and not trusted. */
  readonly externalId: string | null;
}

declare const verified: unique symbol;

/** A webhook whose signature was right. The gateway alone creates one, so nothing unverified is ever interpreted. */
export interface VerifiedEvent extends DeliveryHeaders {
  /** The brand: no other code can make one. */
  readonly [verified]: true;
  /** The media type of the body, in lower case and without parameters, such as `application/json`. */
  readonly contentType: string;
  /** The bytes that were signed. */
  readonly body: Uint8Array;
  /** The installation that the path named, or null. */
  readonly installation: Installation | null;
}

/** The result of {@link WebhookSource.decode}. */
export type DecodeResult =
  | { readonly status: "decoded"; readonly payload: unknown }
  /** `detail` is a sentence for the sender: what is wrong with the body. */
  | { readonly status: "invalid"; readonly detail: string };

/** The body of a 200 that a provider expects in place of the default JSON. */
export interface WebhookReply {
  /** Its media type. */
  readonly contentType: string;
  /** Its text. */
  readonly body: string;
}

/** Facts about a provider's webhooks that hold before the first one comes. */
export interface WebhookForm {
  /** Media types the provider sends, such as `application/json`. */
  readonly contentTypes: readonly string[];
  /** The events that `interpret` handles, by the names that `verify` returns. Any other name is `other` in the metrics. */
  readonly events: readonly string[];
  /**
   * Headers that explain a delivery and are stored with it, in lower case; none that may hold a credential.
   * @defaultValue none beside `content-type`, `user-agent`, `x-request-id` and `traceparent`
   */
  readonly recordedHeaders?: readonly string[];
  /**
   * How long the provider waits for an answer, in milliseconds: what the store has not recorded by then is answered 503, and
   * the provider sends it again. @defaultValue the gateway's `storeTimeoutMs`
   */
  readonly answerWithinMs?: number;
}

/** The receiving side of a provider. */
export interface WebhookSource {
  /** The facts that hold before a webhook comes. */
  readonly form: WebhookForm;
  /**
   * Looks at the head of a webhook, so that one which cannot be genuine is refused before its body is read: `unsigned` without
   * a signature of the right form (401), `malformed` if the event or the delivery id has a wrong one (400), null if it may be
   * genuine. Reads nothing but the head, and proves nothing. @defaultValue every body is read
   */
  screen?(head: WebhookHead): "unsigned" | "malformed" | null;
  /** Checks the signature over the raw bytes; null if it is missing or wrong. Does the same work either way. */
  verify(webhook: RawWebhook): Promise<DeliveryHeaders | null>;
  /**
   * Parses the body. Pure. @defaultValue by media type: a form, whose field `payload` is JSON if it has one; else JSON.
   * `decodeForm` and `decodeJson` of `@agentbot/core/adapter`
   */
  decode?(event: VerifiedEvent): DecodeResult;
  /** Returns what an event means. Pure: no I/O, no clock. `payload` is the decoded body. */
  interpret(event: VerifiedEvent, payload: unknown): Interpretation;
  /** Returns the body of the 200, where the provider shows it to people or parses it. @defaultValue the verdict as JSON */
  reply?(verdict: DeliveryVerdict, event: VerifiedEvent): WebhookReply;
}
