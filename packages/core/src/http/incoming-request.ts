/** A body that was read, or why it was not. */
export type BodyResult =
  | { readonly status: "read"; readonly body: Uint8Array }
  | { readonly status: "too-large" }
  | { readonly status: "timed-out" }
  /** The client disconnected or broke the framing. */
  | { readonly status: "broken" };

/** Maximum size of a body in bytes, and maximum time it may take to arrive in milliseconds. */
export interface BodyLimits {
  /** In bytes. */
  readonly maxBytes: number;
  /** In milliseconds. */
  readonly timeoutMs: number;
}

/** The raw bytes of a request, which can be read once. */
export interface IncomingBody {
  /** True if other code has read from it already: its raw bytes are gone. */
  readonly isUsed: boolean;
  /** Reads the whole body; a body past a limit is a result, not an error. */
  read(limits: BodyLimits): Promise<BodyResult>;
}

/**
 * The parts of a request that a gateway reads. Creating a web-standard `Request` costs more than answering one, so a host
 * that has none passes its parts.
 */
export interface IncomingRequest {
  /** In upper case. */
  readonly method: string;
  /** Absolute, in the normal form of the URL standard. */
  readonly url: string;
  /** As they were received. */
  readonly headers: Headers;
  /** Not read yet. */
  readonly body: IncomingBody;
  /** Aborts when the client has disconnected. */
  readonly signal: AbortSignal;
}

/** The parts of a web-standard request. */
export function fromWebRequest(request: Request): IncomingRequest {
  const { method, url, headers } = request;
  return {
    ...{ method, url, headers },
    get signal() {
      return request.signal;
    },
    body: {
      isUsed: request.bodyUsed || request.body?.locked === true,
      read: (limits) => readStream(request.body, headers.get("content-length"), limits),
    },
  };
}

/** Reads a stream (null: there is no body), holding at most `maxBytes` and waiting at most `timeoutMs`. */
async function readStream(
  stream: ReadableStream<Uint8Array> | null,
  declaredLength: string | null,
  { maxBytes, timeoutMs }: BodyLimits,
): Promise<BodyResult> {
  if (declaredLength !== null && Number(declaredLength) > maxBytes) return { status: "too-large" };
  if (stream === null) return { status: "read", body: new Uint8Array() };

  const reader = stream.getReader();
  const cancel = (): void => void reader.cancel().catch(() => {});
  let isLate = false;
  // Cancelling ends a pending read. A race against a deadline would keep every chunk as long as the deadline lives.
  const timer = setTimeout(() => {
    isLate = true;
    cancel();
  }, timeoutMs);
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for (;;) {
      const next = await reader.read();
      if (isLate) return { status: "timed-out" };
      if (next.done) return { status: "read", body: Buffer.concat(chunks, size) };
      size += next.value.byteLength;
      if (size > maxBytes) return { status: "too-large" };
      chunks.push(next.value);
    }
  } catch {
    return { status: isLate ? "timed-out" : "broken" };
  } finally {
    clearTimeout(timer);
    // Harmless after the end of the body; the rest of any other body is not wanted.
    cancel();
  }
}
