/** Keeps the end of a stream of bytes. */
export interface TailBuffer {
  push(chunk: Uint8Array): void;
  /** The kept bytes as text, starting at a whole character. */
  text(): string;
}

/** A buffer of the last `maxBytes`; holds at most twice as many. */
export function createTailBuffer(maxBytes: number): TailBuffer {
  let kept = Buffer.alloc(0);
  let wasCut = false;

  const cut = (): void => {
    if (kept.length <= maxBytes) return;
    kept = Buffer.from(kept.subarray(kept.length - maxBytes));
    wasCut = true;
  };

  return {
    push(chunk) {
      if (chunk.length >= maxBytes) wasCut ||= kept.length > 0 || chunk.length > maxBytes;
      const end = chunk.subarray(Math.max(0, chunk.length - maxBytes));
      kept = end.length === maxBytes ? Buffer.from(end) : Buffer.concat([kept, end]);
      if (kept.length > 2 * maxBytes) cut();
    },
    text() {
      cut();
      let start = 0;
      while (wasCut && start < kept.length && isContinuation(kept.readUInt8(start))) start += 1;
      return kept.subarray(start).toString("utf8");
    },
  };
}

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}
