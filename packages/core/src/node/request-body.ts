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

/** How a body is read. */
export interface BodyReading {
  readonly pieces: BodyPieces;
  /** Called before anything is read. */
  readonly onFirstRead: () => void;
}

/** The body of a Node request, read without a web stream. */
export function incomingBody(
  incoming: NodeIncomingMessageLike,
  rawBody: RawBody,
  declaredLength: string | null,
  reading: BodyReading,
): IncomingBody {
  return {
    // A body that is gone was answered before, with RAW_BODY_CONSUMED.
    isUsed: false,
    async read(limits) {
      if (declaredLength !== null && Number(declaredLength) > limits.maxBytes) return { status: "too-large" };
      if (rawBody.kind === "none") return { status: "read", body: new Uint8Array() };
      if (rawBody.kind !== "kept") return await collect(incoming, limits, reading);
      const { bytes } = rawBody;
      return bytes.byteLength > limits.maxBytes ? { status: "too-large" } : { status: "read", body: bytes };
    },
  };
}

/** Pieces of a body that may be small, and how many bytes each further one has on average at least. */
const smallPieces = 1024;
const leastBytesEach = 64;

/** The pieces in which a body came so far. */
export interface BodyPieces {
  /** True once they are so small that handling them costs more than their bytes: chunks of a byte, which no client needs. */
  readonly isFragmented: boolean;
  /** Counts one. */
  add(bytes: number): void;
}

/** Counts the pieces of a request's body. A fragmented one is not read on. */
export function countPieces({ socket }: NodeIncomingMessageLike): BodyPieces {
  let pieces = 0;
  let total = 0;
  let isFragmented = false;
  return {
    get isFragmented() {
      return isFragmented;
    },
    add(bytes) {
      pieces += 1;
      total += bytes;
      if (isFragmented || pieces <= smallPieces + total / leastBytesEach) return;
      isFragmented = true;
      socket?.pause?.();
    },
  };
}

/**
 * Leaves a body that is not read yet in the network, where it costs nothing: Node would parse it chunk by chunk, before it
 * is decided whether it is wanted. Reading it starts the connection again.
 */
export function holdBody({ httpVersionMajor, complete, socket }: NodeIncomingMessageLike): void {
  // The connection of HTTP/2 carries other requests too.
  if (httpVersionMajor !== 2 && !complete) socket?.pause?.();
}

/** Leaves bytes beyond the limit unread. */
function collect(
  incoming: NodeIncomingMessageLike,
  { maxBytes, timeoutMs, meter }: BodyLimits,
  { pieces, onFirstRead }: BodyReading,
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
        pieces.add(chunk.byteLength);
        if (size > maxBytes) finish({ status: "too-large" });
        else if (pieces.isFragmented) finish({ status: "fragmented" });
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
