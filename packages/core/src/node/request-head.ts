import { type Problem, problemResponse } from "../http/responses.js";
import type { NodeIncomingMessageLike } from "./node-incoming-message-like.js";
import { requestUrl } from "./request-url.js";
import { respondMalformed } from "./respond-malformed.js";

// The Fetch standard refuses to make requests of these methods.
const refusedMethods: ReadonlySet<string> = new Set(["CONNECT", "TRACE", "TRACK"]);

const methodNotImplemented: Problem = {
  status: 501,
  code: "METHOD_NOT_IMPLEMENTED",
  title: "Method not implemented",
  detail: "The server supports this method on no resource.",
};

const notFound: Problem = {
  status: 404,
  code: "NOT_FOUND",
  title: "Not found",
  detail: "There is nothing at this path.",
};

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
    return problemResponse(methodNotImplemented);
  }
  const target = requestUrl(incoming, mountPath);
  if (target.status === "unknown-path") return problemResponse(notFound);
  if (target.status === "malformed")
    return respondMalformed("The request target or the Host header is missing or malformed.");
  try {
    return { method, url: target.url, headers: toHeaders(incoming.rawHeaders) };
  } catch {
    return respondMalformed("The request's method or a header is malformed.");
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
