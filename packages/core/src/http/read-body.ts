/** What reading a body gave. */
export type BodyResult =
  | { readonly status: "read"; readonly body: Uint8Array }
  | { readonly status: "too-large" }
  | { readonly status: "timed-out" }
  /** The client went away or broke the framing. */
  | { readonly status: "broken" };

/** How much of a body is read, and for how long. */
export interface BodyLimits {
  readonly maxBytes: number;
  readonly timeoutMs: number;
}

/** Reads a body from a stream (null: there is none), holding no more than `maxBytes` and waiting no longer than `timeoutMs`. */
export async function readStream(
  stream: ReadableStream<Uint8Array> | null,
  declaredLength: string | null,
  { maxBytes, timeoutMs }: BodyLimits,
): Promise<BodyResult> {
  if (declaredLength !== null && Number(declaredLength) > maxBytes) return { status: "too-large" };
  if (stream === null) return { status: "read", body: new Uint8Array() };

  const reader = stream.getReader();
  const letGo = (): void => void reader.cancel().catch(() => {});
  let isLate = false;
  // Cancelling ends a read that waits. A race against a deadline would keep every chunk as long as the deadline lives.
  const timer = setTimeout(() => {
    isLate = true;
    letGo();
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
    // A body that was read to its end is not harmed; any other is not wanted any more.
    letGo();
  }
}
