import { setImmediate as nextTurn } from "node:timers/promises";

/** The part of a body that was at hand, and the read that still waits for more (null: that was all). */
export interface ReadyChunks {
  readonly chunks: readonly Uint8Array[];
  readonly byteLength: number;
  readonly pending: ReturnType<ReadableStreamDefaultReader<Uint8Array>["read"]> | null;
}

/**
 * Reads what a body has at hand, without waiting for what it hasn't: an ordinary answer comes out whole and can be sent
 * with its length, an event stream is sent as it comes.
 */
export async function takeReadyChunks(
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
