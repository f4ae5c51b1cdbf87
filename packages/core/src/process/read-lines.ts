import type { Readable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { isSettledWithin } from "../lifecycle/deadline.js";
import { createLineSplitter } from "./line-splitter.js";

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
