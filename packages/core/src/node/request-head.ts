import type { NodeIncomingMessageLike } from "./node-incoming-message-like.js";
import { problemResponse } from "./problem-response.js";
import { requestUrl } from "./request-url.js";

// The Fetch standard refuses to make requests of these methods.
const refusedMethods: ReadonlySet<string> = new Set(["CONNECT", "TRACE", "TRACK"]);

/** A request without its body, in the terms of the Fetch standard. */
export interface RequestHead {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
}

/**
 * The head of a Node request, or the answer to one that has none.
 *
 * @param mountPath - the path the handler is mounted on, if the framework leaves it on the request
 */
export function requestHead(incoming: NodeIncomingMessageLike, mountPath: string): RequestHead | Response {
  const method = incoming.method ?? "GET";
  if (refusedMethods.has(method.toUpperCase())) {
    return problemResponse(501, "METHOD_NOT_IMPLEMENTED", "The server supports this method on no resource.");
  }
  const target = requestUrl(incoming, mountPath);
  if (target.status === "unknown-path") return problemResponse(404, "NOT_FOUND", "There is nothing at this path.");
  if (target.status === "malformed")
    return problemResponse(400, "REQUEST_INVALID", "The request target or the Host header is malformed.");
  try {
    return { method, url: target.url, headers: toHeaders(incoming.rawHeaders) };
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
