import type { NodeIncomingMessageLike } from "./node-incoming-message-like.js";
import type { RawBody } from "./raw-body.js";
import { openRequestBodyStream } from "./request-body-stream.js";
import type { RequestHead } from "./request-head.js";
import { respondMalformed } from "./respond-malformed.js";

/** A web-standard request, and the way to let go of its body. */
export interface WebRequest {
  readonly request: Request;
  /** Stops reading; a read that still waits fails. */
  release(): void;
}

/** The web-standard form of a Node request, or the answer to one that has none. */
export function toWebRequest(
  incoming: NodeIncomingMessageLike,
  { method, url, headers }: RequestHead,
  rawBody: RawBody,
  { signal, onFirstRead }: { readonly signal: AbortSignal; readonly onFirstRead: () => void },
): WebRequest | Response {
  const unread = openRequestBodyStream(incoming, onFirstRead);
  try {
    if (method === "GET" || method === "HEAD" || rawBody.kind === "none")
      return { request: new Request(url, { method, headers, signal }), release: unread.release };
    const body = rawBody.kind === "kept" ? rawBody.bytes : unread.stream;
    return { request: new Request(url, { method, headers, signal, body, duplex: "half" }), release: unread.release };
  } catch {
    return respondMalformed("The request's method or a header is malformed.");
  }
}
