import { createHmac, randomUUID } from "node:crypto";

/** GitHub's signature of a body, as in `X-Hub-Signature-256`. */
export function signWebhook(body: string | Uint8Array, secret: string): string {
  return `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
}

/** Options of {@link webhookRequest}. */
export interface WebhookRequestOptions {
  /** The event's name, such as `issue_comment`. */
  readonly event: string;
  /** An object is sent as JSON; text and bytes as they are. */
  readonly payload: object | string | Uint8Array;
  /** The webhook secret, which signs it. */
  readonly secret: string;
  /** @defaultValue a new UUID */
  readonly deliveryId?: string;
}

/** A signed webhook. */
export interface SignedWebhook {
  /** Webhooks are posted. */
  readonly method: "POST";
  /** With the signature, the event's name and the delivery's id. */
  readonly headers: Readonly<Record<string, string>>;
  /** The bytes that are signed. */
  readonly body: Uint8Array<ArrayBuffer>;
}

/** A webhook as GitHub sends it, ready for `fetch(url, …)` or `new Request(url, …)`. */
export function webhookRequest({ event, payload, secret, deliveryId }: WebhookRequestOptions): SignedWebhook {
  const isText = typeof payload === "string" || payload instanceof Uint8Array;
  const body = new Uint8Array(Buffer.from(isText ? payload : JSON.stringify(payload)));
  return {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "user-agent": "GitHub-Hookshot/0000000",
      "x-github-event": event,
      "x-github-delivery": deliveryId ?? randomUUID(),
      "x-hub-signature-256": signWebhook(body, secret),
    },
    body,
  };
}
