import { type BodyLimits, type BodyMeter, type BodyResult, isDeclaredTooLarge } from "../../http/incoming-request.js";
import { type OutgoingResponse, type Problem, problemResponse } from "../../http/outgoing-response.js";
import type { WebhookCall, WebhookDeps } from "./handle-webhook.js";
import { tooManyFailures } from "./verify-signature.js";

/** The raw bytes of a webhook. */
export interface ReceivedBody {
  readonly body: Uint8Array;
  /** The media type in lower case, without parameters. */
  readonly contentType: string;
}

// A body that is gone would read as an empty one, whose signature is wrong, and hide the cause.
const consumed: Problem = {
  status: 500,
  code: "RAW_BODY_CONSUMED",
  title: "Raw body consumed",
  detail:
    "The request body was read before agentbot could verify its raw bytes. Call gateway.fetch(request) before any code " +
    "that reads the body, or let that read a copy: in Hono, await c.req.raw.clone().json().",
};

/**
 * Receive: returns the raw bytes of an acceptable body, or the response that refuses it: 415, 413, 500, and whatever `screen`
 * finds, before the first byte; 408, 413, 400 or 503 on the way.
 */
export async function receiveBody(
  deps: WebhookDeps,
  { provider, request, context: { client } }: WebhookCall,
  screen: () => Promise<OutgoingResponse | null>,
): Promise<ReceivedBody | OutgoingResponse> {
  const { contentTypes } = provider.source.form;
  const { bodyLimits, failures, bodies } = deps;
  const contentType = acceptedType(request.headers, contentTypes);
  if (contentType === null) {
    return problemResponse({
      status: 415,
      code: "UNSUPPORTED_MEDIA_TYPE",
      title: "Unsupported media type",
      detail: `Set the webhook's content type to ${contentTypes.join(" or ")}, in UTF-8 and not compressed.`,
      headers: { "accept-encoding": "identity" },
    });
  }
  if (isDeclaredTooLarge(request.headers, bodyLimits.maxBytes)) return refuse("too-large", bodyLimits);
  if (request.body.isUsed) return problemResponse(consumed);
  const screened = await screen();
  if (screened !== null) return screened;

  const limit = failures.peek(client);
  const declaredBytes = Number(request.headers.get("content-length") ?? 0);
  const place = bodies.open({ client, declaredBytes, isLimited: limit.status === "limited" });
  try {
    const result = place ? await request.body.read({ ...bodyLimits, meter: place }) : noRoom;
    if (result.status === "read") return { body: result.body, contentType };
    if (result.status === "given-up" && limit.status === "limited") return tooManyFailures(limit.retryAfterMs);
    return refuse(result.status, bodyLimits);
  } finally {
    place?.close();
  }
}

const noRoom = { status: "given-up" } as const;

/** Returns the media type if it is one of the provider's, in UTF-8 and not compressed; else null. */
function acceptedType(headers: Headers, contentTypes: readonly string[]): string | null {
  const [mediaType = "", ...parameters] = (headers.get("content-type") ?? "").toLowerCase().split(";");
  const charset = parameters.map((parameter) => parameter.trim()).find((parameter) => parameter.startsWith("charset="));
  const isUtf8 = charset === undefined || /^charset="?utf-?8"?$/.test(charset);
  const encoding = headers.get("content-encoding");
  const isIdentity = encoding === null || encoding.trim().toLowerCase() === "identity";
  const contentType = mediaType.trim();
  return contentTypes.includes(contentType) && isUtf8 && isIdentity ? contentType : null;
}

function refuse(
  status: Exclude<BodyResult["status"], "read">,
  { maxBytes, timeoutMs }: Pick<BodyLimits, "maxBytes" | "timeoutMs">,
): OutgoingResponse {
  switch (status) {
    case "too-large":
      return problemResponse({
        status: 413,
        code: "BODY_TOO_LARGE",
        title: "Body too large",
        detail: `A webhook may have at most ${maxBytes} bytes.`,
      });
    case "timed-out":
      return problemResponse({
        status: 408,
        code: "BODY_TIMED_OUT",
        title: "Body timed out",
        detail: `The whole body must arrive within ${timeoutMs / 1000} s.`,
      });
    case "fragmented":
      return problemResponse({
        status: 400,
        code: "BODY_FRAGMENTED",
        title: "Body fragmented",
        detail: "The body came in pieces of a few bytes; send it in large ones, or with its length.",
      });
    case "given-up":
      return problemResponse({
        status: 503,
        code: "BODIES_EXHAUSTED",
        title: "No room for the body",
        detail: "Too many large bodies are being received from this address; send it again.",
        headers: { "retry-after": "5" },
      });
    case "broken":
      return problemResponse({
        status: 400,
        code: "BODY_BROKEN",
        title: "Body broken",
        detail: "The body ended before it was complete.",
      });
  }
}

/** The bytes of webhooks whose signature is not checked yet: bounded in all, and for each client. */
export interface BodiesInFlight {
  /** Takes a place for one body, or returns null: it is so large that its client has no room for it now. */
  open(body: ExpectedBody): PlaceInFlight | null;
}

/** A body that a client is about to send. */
export interface ExpectedBody {
  /** The client, as limits count it. */
  readonly client: string;
  /** Its declared length, in bytes; 0 without one. */
  readonly declaredBytes: number;
  /** True for a client over its limit of failed verifications, which has little room. */
  readonly isLimited: boolean;
}

/** The place of one body. */
export interface PlaceInFlight extends BodyMeter {
  /** Gives the room back. Idempotent. */
  close(): void;
}

/** A body of up to this size is always begun, in bytes: no event of a usual size is refused for what others declare. */
const smallBytes = 256 * 1024;

interface Body {
  readonly declaredBytes: number;
  bytes: number;
  isOpen: boolean;
  stop: () => void;
}

interface Client {
  /** In the order they began. */
  readonly bodies: Set<Body>;
  bytes: number;
}

/**
 * One client gets a quarter of `maxBytes`, one over its limit of failed verifications a 128th; a single body may be larger
 * than that. Beyond its room, a client's oldest body is given up: a genuine webhook arrives at once, one that holds room is
 * slow. Beyond `maxBytes` it is the oldest body of the client that holds most, so that a flood from one place never takes
 * the room of another.
 */
export function createBodiesInFlight(maxBytes: number): BodiesInFlight {
  const clients = new Map<string, Client>();
  let total = 0;

  const remove = (name: string, client: Client, body: Body): void => {
    if (!body.isOpen) return;
    body.isOpen = false;
    client.bodies.delete(body);
    client.bytes -= body.bytes;
    total -= body.bytes;
    if (client.bodies.size === 0) clients.delete(name);
  };
  const giveUpOldest = (name: string, client: Client): void => {
    for (const body of client.bodies) {
      remove(name, client, body);
      body.stop();
      return;
    }
  };
  const giveUpForAll = (): void => {
    let largest: [string, Client] | null = null;
    for (const entry of clients) if (largest === null || entry[1].bytes > largest[1].bytes) largest = entry;
    if (largest !== null) giveUpOldest(...largest);
  };

  return {
    open({ client: name, declaredBytes, isLimited }) {
      const room = maxBytes / (isLimited ? 128 : 4);
      const client = clients.get(name) ?? { bodies: new Set(), bytes: 0 };
      if (declaredBytes > smallBytes && client.bodies.size > 0) {
        let promised = declaredBytes;
        for (const { bytes, declaredBytes: declared } of client.bodies) promised += Math.max(bytes, declared);
        if (promised > room) return null;
      }
      const body: Body = { declaredBytes, bytes: 0, isOpen: true, stop: () => {} };
      client.bodies.add(body);
      clients.set(name, client);
      return {
        add(bytes) {
          if (!body.isOpen) return false;
          body.bytes += bytes;
          client.bytes += bytes;
          total += bytes;
          while (client.bytes > room && client.bodies.size > 1) giveUpOldest(name, client);
          while (total > maxBytes) giveUpForAll();
          return body.isOpen;
        },
        onGivenUp(stop) {
          body.stop = stop;
        },
        close: () => remove(name, client, body),
      };
    },
  };
}
