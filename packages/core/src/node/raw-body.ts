import type { NodeIncomingMessageLike } from "./node-incoming-message-like.js";

/** Where the raw bytes of a request can still be had. */
export type RawBody =
  | { readonly kind: "none" }
  | { readonly kind: "stream" }
  | { readonly kind: "kept"; readonly bytes: Uint8Array }
  | { readonly kind: "consumed" };

/** Finds the raw bytes: those a parser kept, else the unread stream; `consumed` when neither is left. */
export function findRawBody(incoming: NodeIncomingMessageLike): RawBody {
  if (!declaresBody(incoming)) return { kind: "none" };
  const kept = keptBytes(incoming.rawBody) ?? (incoming.body instanceof Uint8Array ? incoming.body : null);
  if (kept !== null) return { kind: "kept", bytes: kept };
  return { kind: isTouched(incoming) || !isUnset(incoming.body) ? "consumed" : "stream" };
}

/** Somebody has read of the stream, reads it now, or has had its bytes turned to text: waiting for the rest would hang. */
function isTouched(incoming: NodeIncomingMessageLike): boolean {
  if (incoming.readableDidRead || incoming.readableEnded || incoming.destroyed) return true;
  if (incoming.readableFlowing === true || (incoming.readableEncoding ?? null) !== null) return true;
  return (incoming.listenerCount?.("readable") ?? 0) > 0;
}

/** A request has a body if it announces one (RFC 9112 §6.3); in HTTP/2, unless its headers ended it (RFC 9113 §8.1). */
function declaresBody({ httpVersionMajor, stream, rawHeaders }: NodeIncomingMessageLike): boolean {
  if (httpVersionMajor === 2) return stream?.endAfterHeaders !== true;
  return rawHeaders.some((name, index) => {
    if (index % 2 === 1) return false;
    const lowerCaseName = name.toLowerCase();
    return (
      lowerCaseName === "transfer-encoding" || (lowerCaseName === "content-length" && rawHeaders[index + 1] !== "0")
    );
  });
}

function keptBytes(rawBody: unknown): Uint8Array | null {
  if (typeof rawBody === "string") return Buffer.from(rawBody, "utf8");
  return rawBody instanceof Uint8Array ? rawBody : null;
}

// Express 4 sets `{}` on requests whose body its parser left alone.
function isUnset(body: unknown): boolean {
  if (body === undefined || body === null) return true;
  return typeof body === "object" && Object.keys(body).length === 0;
}
