import type { NodeIncomingMessageLike } from "./node-incoming-message-like.js";
import { problemResponse } from "./problem-response.js";
import type { RawBody } from "./raw-body.js";
import { rawBodyConsumed } from "./raw-body-consumed.js";
import { requestUrl } from "./request-url.js";

// The Fetch standard refuses to make requests of these methods.
const refusedMethods: ReadonlySet<string> = new Set(["CONNECT", "TRACE", "TRACK"]);

/** What {@link toWebRequest} adds to the message. */
export interface WebRequestParts {
  readonly rawBody: RawBody;
  /** The unread body, for `rawBody.kind` `stream`. */
  readonly stream: ReadableStream<Uint8Array>;
  readonly signal: AbortSignal;
  /** The path the handler is mounted on, if the framework leaves it on the request. */
  readonly mountPath: string;
}

/** The web-standard form of a Node request, or the answer to one that has none. */
export function toWebRequest(incoming: NodeIncomingMessageLike, parts: WebRequestParts): Request | Response {
  const { rawBody, stream, signal, mountPath } = parts;
  const method = incoming.method ?? "GET";
  if (refusedMethods.has(method.toUpperCase())) {
    return problemResponse(501, "METHOD_NOT_IMPLEMENTED", "The server supports this method on no resource.");
  }
  const target = requestUrl(incoming, mountPath);
  if (target.status === "unknown-path") return problemResponse(404, "NOT_FOUND", "There is nothing at this path.");
  if (target.status === "malformed")
    return problemResponse(400, "REQUEST_INVALID", "The request target or the Host header is malformed.");
  const { url } = target;
  if (rawBody.kind === "consumed") return rawBodyConsumed(incoming);
  try {
    const headers = toHeaders(incoming.rawHeaders);
    if (method === "GET" || method === "HEAD" || rawBody.kind === "none")
      return new Request(url, { method, headers, signal });
    const body = rawBody.kind === "kept" ? rawBody.bytes : stream;
    return new Request(url, { method, headers, signal, body, duplex: "half" });
  } catch {
    return problemResponse(400, "REQUEST_INVALID", "The request's method or a header is malformed.");
  }
}

/**
 * A repeated header becomes one value joined with `, ` (RFC 9110 §5.3), so that no value hides behind another. HTTP/2's
 * pseudo-headers are no fields.
 */
function toHeaders(rawHeaders: readonly string[]): Headers {
  const headers = new Headers();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? "";
    if (!name.startsWith(":")) headers.append(name, rawHeaders[index + 1] ?? "");
  }
  return headers;
}
