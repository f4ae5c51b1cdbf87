import { setImmediate as nextTurn } from "node:timers/promises";
import type { OutgoingResponse } from "../http/outgoing-response.js";
import type { ClientSignal } from "./client-signal.js";
import type { NodeServerResponseLike } from "./node-types.js";

/** Maximum size of a streamed response that is sent with its length, in bytes. */
const maxReadyBytes = 64 * 1024;

/** How a response is sent. */
export interface SendResponseOptions {
  readonly isHead: boolean;
  /** The connection cannot be used again, because the request on it was not read. */
  readonly mustClose: boolean;
  /** The response may be ended with its last byte; else the caller ends it. */
  readonly canEnd: boolean;
  readonly client: ClientSignal;
}

/** Writes a response with back-pressure. Throws what its stream throws. */
export async function sendResponse(
  outgoing: NodeServerResponseLike,
  { status, headers: fields, body }: OutgoingResponse,
  { isHead, mustClose, canEnd, client }: SendResponseOptions,
): Promise<void> {
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(fields)) headers[name] = typeof value === "string" ? value : [...value];
  if (mustClose) headers["connection"] = "close";
  const writeHead = (length: number | null): void => {
    const needsLength = length !== null && !("content-length" in headers) && status !== 204 && status !== 304;
    if (needsLength) headers["content-length"] = String(length);
    outgoing.writeHead(status, headers);
  };

  if (typeof body === "string" && !isHead) {
    writeHead(Buffer.byteLength(body));
    if (!canEnd) return await write(outgoing, Buffer.from(body));
    client.end();
    // Head and body in one write.
    outgoing.end(body);
    return;
  }
  if (isHead || body === null || typeof body === "string") {
    if (body !== null && typeof body !== "string") await body.cancel();
    writeHead(isHead ? null : 0);
    return outgoing.flushHeaders?.();
  }
  await sendStream(outgoing, body, client.signal, writeHead);
}

async function sendStream(
  outgoing: NodeServerResponseLike,
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal,
  writeHead: (length: number | null) => void,
): Promise<void> {
  const reader = body.getReader();
  const cancel = (): void => void reader.cancel().catch(() => {});
  signal.addEventListener("abort", cancel, { once: true });
  try {
    const ready = await takeReadyChunks(reader, maxReadyBytes);
    writeHead(ready.pending === null ? ready.byteLength : null);
    if (ready.pending !== null || ready.byteLength === 0) outgoing.flushHeaders?.();
    for (const chunk of ready.chunks) await write(outgoing, chunk);
    for (let { pending } = ready; pending !== null; pending = reader.read()) {
      const { done, value } = await pending;
      if (done || signal.aborted) break;
      await write(outgoing, value);
    }
  } finally {
    signal.removeEventListener("abort", cancel);
    if (signal.aborted) cancel();
  }
}

async function write(outgoing: NodeServerResponseLike, chunk: Uint8Array): Promise<void> {
  if (outgoing.destroyed || outgoing.write(chunk)) return;
  await new Promise<void>((resolve) => {
    const finish = (): void => {
      outgoing.off("drain", finish);
      outgoing.off("close", finish);
      resolve();
    };
    outgoing.on("drain", finish);
    outgoing.on("close", finish);
  });
}

/** The part of a body that was available, and the read that still waits for more (null: there is no more). */
interface ReadyChunks {
  readonly chunks: readonly Uint8Array[];
  readonly byteLength: number;
  readonly pending: ReturnType<ReadableStreamDefaultReader<Uint8Array>["read"]> | null;
}

/**
 * Reads what is available of a body without waiting for the rest: an ordinary response is complete then and can be sent
 * with its length, an event stream is sent chunk by chunk.
 */
async function takeReadyChunks(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  maxBytes: number,
): Promise<ReadyChunks> {
  const chunks: Uint8Array[] = [];
  let byteLength = 0;
  for (;;) {
    const pending = reader.read();
    const ready = byteLength < maxBytes ? await Promise.race([pending, nextTurn(null)]) : null;
    if (ready === null) return { chunks, byteLength, pending };
    if (ready.done) return { chunks, byteLength, pending: null };
    chunks.push(ready.value);
    byteLength += ready.value.byteLength;
  }
}
