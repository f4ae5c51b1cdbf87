import type { BodyLimits, IncomingRequest } from "../../http/incoming-request.js";
import { type OutgoingResponse, type Problem, problemResponse } from "../../http/outgoing-response.js";

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

/** Receive: returns the raw bytes of an acceptable body, or the 408, 413, 415, 400 or 500 that refuses it. */
export async function receiveBody(
  request: IncomingRequest,
  contentTypes: readonly string[],
  limits: BodyLimits,
): Promise<ReceivedBody | OutgoingResponse> {
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
  if (request.body.isUsed) return problemResponse(consumed);
  const result = await request.body.read(limits);
  return result.status === "read" ? { body: result.body, contentType } : refuse(result.status, limits);
}

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

function refuse(status: "too-large" | "timed-out" | "broken", { maxBytes, timeoutMs }: BodyLimits): OutgoingResponse {
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
    case "broken":
      return problemResponse({
        status: 400,
        code: "BODY_BROKEN",
        title: "Body broken",
        detail: "The body ended before it was complete.",
      });
  }
}
