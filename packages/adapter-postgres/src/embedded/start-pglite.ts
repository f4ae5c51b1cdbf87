import { existsSync, fstatSync, fsyncSync } from "node:fs";
import { join } from "node:path";
import { AgentBotError } from "@agentbot/core";
import type { PGlite } from "@electric-sql/pglite";
import { z } from "zod";
import { syncTree } from "./sync-tree.js";

const byteaOid = 17;

/** `bytea` as hex, both ways; PGlite's own goes byte by byte and needs a hundred times the memory. */
const byteaText = {
  serializers: {
    [byteaOid]: (bytes: Uint8Array) =>
      `\\x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex")}`,
  },
  parsers: { [byteaOid]: (text: string) => new Uint8Array(Buffer.from(text.slice(2), "hex")) },
};

/** An eighth of the default: it saves 100 MB of memory, and the kernel caches the files anyway. */
const smallBuffers = ["-c", "shared_buffers=16MB"];

/** Starts PGlite in memory, from a gzipped data directory if one is given. */
export async function startPgliteInMemory(snapshot: Uint8Array<ArrayBuffer> | null): Promise<PGlite> {
  const { PGlite } = await loadPglite();
  const startParams = [...PGlite.defaultStartParams, ...smallBuffers];
  const from = snapshot ? { loadDataDir: new Blob([snapshot], { type: "application/x-gzip" }) } : {};
  return await starting(PGlite.create({ ...byteaText, ...from, startParams }));
}

/** How {@link startPgliteOnDisk} writes. */
export interface PgliteOnDisk {
  /** `full`: a commit is on the disk before it is answered. `relaxed`: the kernel writes when it likes. */
  readonly durability: "full" | "relaxed";
}

/**
 * Starts PGlite on a directory. On its own PGlite turns `fsync` off, and its file system has none: a killed process loses
 * nothing, but what the kernel has not written yet would be lost with the power. `full` gives it both.
 */
export async function startPgliteOnDisk(directory: string, { durability }: PgliteOnDisk): Promise<PGlite> {
  const { PGlite, NodeFS } = await loadPglite();
  const fs = new NodeFS(directory);
  if (durability === "relaxed") {
    const startParams = [...PGlite.defaultStartParams, ...smallBuffers];
    return await starting(PGlite.create({ ...byteaText, fs, startParams }));
  }
  const wasKilled = existsSync(join(directory, "postmaster.pid"));
  const unchanged = wasKilled ? await syncTree(directory) : new Set<number>();
  const init = fs.init.bind(fs);
  fs.init = async (pglite, options) => {
    const { emscriptenOpts } = await init(pglite, options);
    const preRun = [...(emscriptenOpts.preRun ?? []), (module: unknown) => addFsync(module, unchanged)];
    return { emscriptenOpts: { ...emscriptenOpts, preRun } };
  };
  const withFsync = PGlite.defaultStartParams.filter((parameter) => parameter !== "-F");
  // The default, fdatasync, never reaches the file system.
  const startParams = [...withFsync, ...smallBuffers, "-c", "wal_sync_method=fsync"];
  const pglite = await starting(PGlite.create({ ...byteaText, fs, startParams }));
  unchanged.clear();
  return pglite;
}

async function starting(pglite: Promise<PGlite>): Promise<PGlite> {
  try {
    return await pglite;
  } catch (error) {
    throw new AgentBotError(
      "STORE_UNAVAILABLE",
      "Embedded PostgreSQL does not start: the data directory may be damaged, full, or of another version; see the cause.",
      { cause: error },
    );
  }
}

/** The modules of the optional peer dependency, loaded on first use. */
async function loadPglite() {
  try {
    // One by one: to bundlers only an import that is awaited inside of `try` is one of an optional package.
    const { PGlite } = await import("@electric-sql/pglite");
    const { NodeFS } = await import("@electric-sql/pglite/nodefs");
    return { PGlite, NodeFS };
  } catch (error) {
    throw new AgentBotError(
      "CONFIGURATION_INVALID",
      "The embedded database needs the package @electric-sql/pglite: run `npm install @electric-sql/pglite`, or set a database URL.",
      { cause: error },
    );
  }
}

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
function addFsync(module: unknown, unchanged: Set<number>): void {
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
