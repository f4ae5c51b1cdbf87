import type { Readable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { createLineSplitter } from "./line-splitter.js";

/** Work on lines is interrupted after so long, so that timers and sockets of this process get their turn. */
const sliceMs = 10;

/** How {@link readLines} reads. */
export interface ReadLinesOptions {
  readonly maxLineBytes: number;
  readonly maxOutputBytes: number;
  readonly onLine: (line: string) => void | Promise<void>;
  /** Called once, when there is more than `maxOutputBytes`; nothing more is read. */
  readonly onLimit: () => void;
}

/** A stream being read line by line. */
export interface LineReading {
  /** Resolves at the end of the stream; rejects with what `onLine` threw. */
  readonly done: Promise<void>;
  /** Is a line in the hands of `onLine`? */
  isBusy(): boolean;
  /** When something last arrived, on the clock of `performance.now()`. */
  lastArrivalMs(): number;
  droppedLines(): number;
}

/** Reads a stream to its end, or until somebody destroys it, a line at a time and no faster than `onLine` takes them. */
export function readLines(stream: Readable, options: ReadLinesOptions): LineReading {
  const splitter = createLineSplitter(options.maxLineBytes);
  let isBusy = false;
  let lastArrivalMs = performance.now();
  let sliceEndMs = lastArrivalMs + sliceMs;
  let outputBytes = 0;

  const hand = async (line: string): Promise<void> => {
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
      for (const line of splitter.push(chunk)) await hand(line);
      isBusy = false;
      lastArrivalMs = performance.now();
    }
    const unfinished = splitter.end();
    if (unfinished !== null) await hand(unfinished);
  };

  return {
    done: read(),
    isBusy: () => isBusy,
    lastArrivalMs: () => lastArrivalMs,
    droppedLines: () => splitter.droppedLines,
  };
}

async function* chunksOf(stream: Readable): AsyncGenerator<Uint8Array> {
  const chunks: AsyncIterable<Uint8Array> = stream;
  try {
    for await (const chunk of chunks) yield chunk;
  } catch (error) {
    // Destroyed under our hands, or the pipe broke: either way it has ended.
    if (!stream.destroyed) throw error;
  }
}
