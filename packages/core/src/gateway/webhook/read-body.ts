/** What {@link readBody} got. */
export type BodyResult =
  | { readonly status: "read"; readonly body: Uint8Array }
  | { readonly status: "too-large" }
  | { readonly status: "timed-out" }
  /** The client went away or broke the framing. */
  | { readonly status: "broken" };

/** The bounds of {@link readBody}. */
export interface BodyLimits {
  readonly maxBytes: number;
  readonly timeoutMs: number;
}

/** Reads the raw bytes of a request, holding no more than `maxBytes` and waiting no longer than `timeoutMs`. */
export async function readBody(request: Request, { maxBytes, timeoutMs }: BodyLimits): Promise<BodyResult> {
  const declared = request.headers.get("content-length");
  if (declared !== null && Number(declared) > maxBytes) return { status: "too-large" };
  if (request.body === null) return { status: "read", body: new Uint8Array() };

  const reader = request.body.getReader();
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<"timed-out">((resolve) => {
    timer = setTimeout(resolve, timeoutMs, "timed-out");
  });
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for (;;) {
      const next = await Promise.race([reader.read(), deadline]);
      if (next === "timed-out") return { status: "timed-out" };
      if (next.done) return { status: "read", body: Buffer.concat(chunks, size) };
      size += next.value.byteLength;
      if (size > maxBytes) return { status: "too-large" };
      chunks.push(next.value);
    }
  } catch {
    return { status: "broken" };
  } finally {
    clearTimeout(timer);
    // A body that was read to its end is not harmed; any other is not wanted any more.
    void reader.cancel().catch(() => {});
  }
}
