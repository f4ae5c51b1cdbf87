import { knownText } from "../http/known-text.js";
import type { ClientSignal } from "./client-signal.js";
import type { NodeServerResponseLike } from "./node-server-response-like.js";
import { takeReadyChunks } from "./ready-chunks.js";

const maxReadyBytes = 64 * 1024;

/** What {@link sendResponse} must know beside the answer itself. */
export interface SendResponseOptions {
  readonly isHead: boolean;
  /** The connection can't be used again, because the request on it was not read. */
  readonly mustClose: boolean;
  readonly client: ClientSignal;
}

/** Writes an answer with back-pressure and leaves its end to the caller. Throws what the answer's body throws. */
export async function sendResponse(
  outgoing: NodeServerResponseLike,
  response: Response,
  { isHead, mustClose, client }: SendResponseOptions,
): Promise<void> {
  const headers = toOutgoingHeaders(response.headers);
  if (mustClose) headers["connection"] = "close";
  const text = isHead ? null : knownText(response);
  if (text !== null) {
    const bytes = Buffer.from(text);
    writeHead(outgoing, response, headers, bytes.byteLength);
    return await write(outgoing, bytes);
  }
  const body: ReadableStream<Uint8Array> | null = response.body;
  if (isHead || body === null) {
    await body?.cancel();
    writeHead(outgoing, response, headers, isHead ? null : 0);
    return outgoing.flushHeaders?.();
  }

  const reader = body.getReader();
  const { signal } = client;
  const cancel = (): void => void reader.cancel().catch(() => {});
  signal.addEventListener("abort", cancel, { once: true });
  try {
    const ready = await takeReadyChunks(reader, maxReadyBytes);
    writeHead(outgoing, response, headers, ready.pending === null ? ready.byteLength : null);
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

function writeHead(
  outgoing: NodeServerResponseLike,
  response: Response,
  headers: Record<string, string | string[]>,
  length: number | null,
): void {
  const hasLength = length === null || response.headers.has("content-length") || [204, 304].includes(response.status);
  outgoing.writeHead(response.status, hasLength ? headers : { ...headers, "content-length": String(length) });
}

/** Cookies are the one header that must not be joined into a line (RFC 6265 §3). */
function toOutgoingHeaders(headers: Headers): Record<string, string | string[]> {
  const cookies = headers.getSetCookie();
  return { ...Object.fromEntries(headers), ...(cookies.length > 0 ? { "set-cookie": cookies } : {}) };
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
