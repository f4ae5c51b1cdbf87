import type { Readable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { isSettledWithin } from "../lifecycle/deadline.js";

/** Time after which reading yields to the timers and sockets of this process. */
const sliceMs = 10;

/** Options of {@link readLines}. */
export interface ReadLinesOptions {
  readonly maxLineBytes: number;
  readonly maxOutputBytes: number;
  readonly onLine: (line: string) => void | Promise<void>;
  /** Called once when there is more than `maxOutputBytes`; nothing more is read. */
  readonly onLimit: () => void;
}

/** A stream that is being read line by line. */
export interface LineReading {
  /** Resolves at the end of the stream; rejects with what `onLine` threw. */
  readonly done: Promise<void>;
  droppedLines(): number;
  /**
   * Waits for the end of the stream. Returns false when nothing has arrived for `quietMs` and no line is being handled:
   * a slow reader gets everything that waits in the pipe, and an escaped process can't hold the run open.
   */
  isDoneUnlessQuiet(quietMs: number): Promise<boolean>;
}

/** Reads a stream to its end, or until it is destroyed, a line at a time and no faster than `onLine` handles them. */
export function readLines(stream: Readable, options: ReadLinesOptions): LineReading {
  const splitter = createLineSplitter(options.maxLineBytes);
  let isBusy = false;
  let lastArrivalMs = performance.now();
  let sliceEndMs = lastArrivalMs + sliceMs;
  let outputBytes = 0;

  const handle = async (line: string): Promise<void> => {
    const handled = options.onLine(line);
    if (handled !== undefined) await handled;
    if (performance.now() < sliceEndMs) return;
    await nextTurn();
    sliceEndMs = performance.now() + sliceMs;
  };

  const read = async (): Promise<void> => {
    for await (const chunk of chunksOf(stream)) {
      lastArrivalMs = performance.now();
      outputBytes += chunk.length;
      if (outputBytes > options.maxOutputBytes) {
        options.onLimit();
        return;
      }
      isBusy = true;
      for (const line of splitter.push(chunk)) await handle(line);
      isBusy = false;
      lastArrivalMs = performance.now();
    }
    const unfinished = splitter.end();
    if (unfinished !== null) await handle(unfinished);
  };

  const done = read();
  return {
    done,
    droppedLines: () => splitter.droppedLines,
    async isDoneUnlessQuiet(quietMs) {
      for (;;) {
        const leftMs = isBusy ? quietMs : lastArrivalMs + quietMs - performance.now();
        if (leftMs <= 0) return false;
        if (await isSettledWithin(done, leftMs)) return true;
      }
    },
  };
}

async function* chunksOf(stream: Readable): AsyncGenerator<Uint8Array> {
  const chunks: AsyncIterable<Uint8Array> = stream;
  try {
    for await (const chunk of chunks) yield chunk;
  } catch (error) {
    // A stream that was destroyed, or whose pipe broke, has ended.
    if (!stream.destroyed) throw error;
  }
}

/** Cuts a stream of bytes into lines. Works on bytes, so a character split over chunks stays whole. */
interface LineSplitter {
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
