/** Cuts a stream of bytes into lines. Works on bytes, so a character split over chunks stays whole. */
export interface LineSplitter {
  /** Returns the lines that this chunk completes. */
  push(chunk: Uint8Array): string[];
  /** Returns the unfinished last line, or null. Called once, at the end of the stream. */
  end(): string | null;
  /** Number of lines that were longer than allowed and dropped. */
  readonly droppedLines: number;
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const smallestBuffer = 4096;

/**
 * Only `\n` ends a line, since U+2028 and a bare `\r` may stand inside JSON; `\r\n` is
 * tolerated. Invalid UTF-8 becomes U+FFFD. A line over `maxLineBytes` is dropped whole and counted.
 */
export function createLineSplitter(maxLineBytes: number): LineSplitter {
  let pending = Buffer.alloc(0);
  let pendingBytes = 0;
  let isTooLong = false;
  let droppedLines = 0;

  const keep = (part: Uint8Array): void => {
    if (isTooLong) return;
    const neededBytes = pendingBytes + part.length;
    // One byte more than allowed, for a `\r` that may be part of the line end.
    if (neededBytes > maxLineBytes + 1) {
      isTooLong = true;
      pending = Buffer.alloc(0);
      return;
    }
    if (neededBytes > pending.length) {
      const larger = Buffer.alloc(
        Math.max(neededBytes, Math.min(pending.length * 2, maxLineBytes + 1), smallestBuffer),
      );
      pending.copy(larger, 0, 0, pendingBytes);
      pending = larger;
    }
    pending.set(part, pendingBytes);
    pendingBytes = neededBytes;
  };

  const take = (): string | null => {
    const endsWithReturn = pendingBytes > 0 && pending[pendingBytes - 1] === carriageReturn;
    const line = pending.subarray(0, endsWithReturn ? pendingBytes - 1 : pendingBytes);
    const isDropped = isTooLong || line.length > maxLineBytes;
    const text = isDropped ? null : line.toString("utf8");
    if (isDropped) droppedLines += 1;
    if (pending.length > smallestBuffer) pending = Buffer.alloc(0);
    pendingBytes = 0;
    isTooLong = false;
    return text;
  };

  return {
    push(chunk) {
      const lines: string[] = [];
      let start = 0;
      for (let at = chunk.indexOf(lineFeed); at !== -1; at = chunk.indexOf(lineFeed, start)) {
        keep(chunk.subarray(start, at));
        const line = take();
        if (line !== null) lines.push(line);
        start = at + 1;
      }
      keep(chunk.subarray(start));
      return lines;
    },
    end() {
      return pendingBytes > 0 || isTooLong ? take() : null;
    },
    get droppedLines() {
      return droppedLines;
    },
  };
}
