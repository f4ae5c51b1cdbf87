import { fstatSync, fsyncSync } from "node:fs";
import { z } from "zod";

/** An open file of Emscripten's NODEFS; `nfd` is its descriptor in Node. */
interface Stream {
  readonly nfd: number;
}

type StreamOperation = (stream: Stream, ...rest: unknown[]) => unknown;

const streamOperation = z.custom<StreamOperation>((value) => typeof value === "function");
const emscriptenModule = z.object({
  NODEFS: z.object({ stream_ops: z.custom<object>((value) => typeof value === "object" && value !== null) }),
});
const changingOperations = z.object({ write: streamOperation, setattr: streamOperation });

/**
 * Gives PGlite's file system the `fsync` it lacks (Emscripten's NODEFS has none, and reports success).
 *
 * @param unchanged - inodes of files that were written out before the start. PostgreSQL syncs every file before it recovers
 * from a crash, one by one; those of these that were not changed meanwhile need no second time. Clear it after the start.
 */
export function addFsync(module: unknown, unchanged: Set<number>): void {
  const operations = emscriptenModule.parse(module).NODEFS.stream_ops;
  const { write, setattr } = changingOperations.parse(operations);
  const noting =
    (change: StreamOperation): StreamOperation =>
    (stream, ...rest) => {
      if (unchanged.size > 0) unchanged.delete(fstatSync(stream.nfd).ino);
      return change(stream, ...rest);
    };
  const fsync: StreamOperation = (stream) => {
    if (unchanged.size === 0 || !unchanged.has(fstatSync(stream.nfd).ino)) fsyncSync(stream.nfd);
    return 0;
  };
  Object.assign(operations, { write: noting(write), setattr: noting(setattr), fsync });
}
