import type { BodyLimits, BodyResult, IncomingBody } from "../http/incoming-request.js";
import type { NodeIncomingMessageLike } from "./node-types.js";

/** Where the raw bytes of a request are: nowhere, unread, kept by a parser, or gone. */
export type RawBody =
  | { readonly kind: "none" }
  | { readonly kind: "stream" }
  | { readonly kind: "kept"; readonly bytes: Uint8Array }
  | { readonly kind: "consumed" };

/** Finds the raw bytes: those a parser kept, else the unread stream; `consumed` if neither is left. */
export function findRawBody(incoming: NodeIncomingMessageLike): RawBody {
  if (!declaresBody(incoming)) return { kind: "none" };
  const kept = keptBytes(incoming.rawBody) ?? (incoming.body instanceof Uint8Array ? incoming.body : null);
  if (kept !== null) return { kind: "kept", bytes: kept };
  return { kind: isTouched(incoming) || !isUnset(incoming.body) ? "consumed" : "stream" };
}

/** True if other code has read from the stream, is reading it, or has requested text: waiting for the rest would hang. */
function isTouched(incoming: NodeIncomingMessageLike): boolean {
  if (incoming.readableDidRead || incoming.readableEnded || incoming.destroyed) return true;
  if (incoming.readableFlowing === true || (incoming.readableEncoding ?? null) !== null) return true;
  return (incoming.listenerCount?.("readable") ?? 0) > 0;
}

/** A request has a body if it announces one (RFC 9112 §6.3); in HTTP/2, unless its headers ended it (RFC 9113 §8.1). */
function declaresBody({ httpVersionMajor, stream, rawHeaders }: NodeIncomingMessageLike): boolean {
  if (httpVersionMajor === 2) return stream?.endAfterHeaders !== true;
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase();
    if (name === "transfer-encoding" || (name === "content-length" && rawHeaders[index + 1] !== "0")) return true;
  }
  return false;
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

/** The body of a Node request, read without a web stream. `onFirstRead` is called before anything is read. */
export function incomingBody(
  incoming: NodeIncomingMessageLike,
  rawBody: RawBody,
  declaredLength: string | null,
  onFirstRead: () => void,
): IncomingBody {
  return {
    // A body that is gone was answered before, with RAW_BODY_CONSUMED.
    isUsed: false,
    async read(limits) {
      if (declaredLength !== null && Number(declaredLength) > limits.maxBytes) return { status: "too-large" };
      if (rawBody.kind === "none") return { status: "read", body: new Uint8Array() };
      if (rawBody.kind !== "kept") return await collect(incoming, limits, onFirstRead);
      const { bytes } = rawBody;
      return bytes.byteLength > limits.maxBytes ? { status: "too-large" } : { status: "read", body: bytes };
    },
  };
}

/** Pieces of a body that may be small, and how many bytes each further one has on average at least. */
const smallPieces = 1024;
const leastBytesEach = 64;

/**
 * Returns true for a body in pieces so small that handling them costs more than its bytes: chunks of a byte, which no
 * genuine client sends.
 */
export function isFragmented(pieces: number, bytes: number): boolean {
  return pieces > smallPieces + bytes / leastBytesEach;
}

/** Leaves bytes beyond the limit unread. */
function collect(
  incoming: NodeIncomingMessageLike,
  { maxBytes, timeoutMs, meter }: BodyLimits,
  onFirstRead: () => void,
): Promise<BodyResult> {
  return new Promise((resolve) => {
    const chunks: Uint8Array[] = [];
    let size = 0;
    const finish = (result: BodyResult): void => {
      clearTimeout(timer);
      incoming.off("data", onData);
      incoming.off("end", onEnd);
      for (const event of ["close", "error"]) incoming.off(event, onGone);
      incoming.pause();
      resolve(result);
    };
    const onData = (chunk?: unknown): void => {
      if (chunk instanceof Uint8Array) {
        size += chunk.byteLength;
        chunks.push(chunk);
        if (size > maxBytes) finish({ status: "too-large" });
        else if (isFragmented(chunks.length, size)) finish({ status: "fragmented" });
        else if (meter?.add(chunk.byteLength) === false) finish({ status: "given-up" });
      } else {
        // Text means that the raw bytes are gone.
        finish({ status: "broken" });
      }
    };
    const onEnd = (): void => {
      const [first] = chunks;
      finish({ status: "read", body: first && chunks.length === 1 ? first : Buffer.concat(chunks, size) });
    };
    const onGone = (): void => finish({ status: "broken" });
    const timer = setTimeout(() => finish({ status: "timed-out" }), timeoutMs);
    meter?.onGivenUp(() => finish({ status: "given-up" }));
    if (incoming.destroyed) return onGone();
    incoming.on("data", onData);
    incoming.on("end", onEnd);
    for (const event of ["close", "error"]) incoming.on(event, onGone);
    onFirstRead();
    incoming.resume();
  });
}

/** Maximum size of an unwanted body that is read, in bytes, and maximum time, in milliseconds. */
export interface DiscardLimits {
  readonly maxBytes: number;
  readonly timeoutMs: number;
}

/**
 * Reads and discards the rest of a body, so that its client gets to read the response: closing a socket with unread data
 * resets it, and a reset can overtake the response (RFC 9112 §9.6). A fragmented one is not worth that.
 */
export async function discardBody(incoming: NodeIncomingMessageLike, limits: DiscardLimits): Promise<void> {
  if (incoming.destroyed || incoming.readableEnded) return;
  await new Promise<void>((resolve) => {
    let bytes = 0;
    let pieces = 0;
    const finish = (): void => {
      clearTimeout(timer);
      incoming.off("data", onData);
      for (const event of ["end", "close", "error"]) incoming.off(event, finish);
      incoming.pause();
      resolve();
    };
    const onData = (chunk?: unknown): void => {
      bytes += chunk instanceof Uint8Array ? chunk.byteLength : 0;
      pieces += 1;
      if (bytes > limits.maxBytes || isFragmented(pieces, bytes)) finish();
    };
    const timer = setTimeout(finish, limits.timeoutMs);
    incoming.on("data", onData);
    for (const event of ["end", "close", "error"]) incoming.on(event, finish);
    incoming.resume();
  });
}
