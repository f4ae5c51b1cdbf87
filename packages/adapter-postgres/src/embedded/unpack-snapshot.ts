import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { AgentBotError } from "@agentbot/core";

const blockSize = 512;
const fileType = "0";
const directoryType = "5";

/**
 * Unpacks a gzipped tar (POSIX.1-1988 ustar) of a data directory: to a place beside it first, synced, then moved in one
 * step. A process that dies on the way leaves no half database behind.
 */
export function unpackSnapshot(snapshot: Uint8Array, directory: string): void {
  const staging = `${directory}.new`;
  rmSync(staging, { recursive: true, force: true });
  mkdirSync(staging, { recursive: true, mode: 0o700 });
  const tar = gunzipSync(snapshot);
  for (let at = 0; at + blockSize <= tar.length && tar[at] !== 0; ) {
    const text = (offset: number, length: number): string =>
      tar.toString("latin1", at + offset, at + offset + length).replace(/\0.*$/s, "");
    const size = Number.parseInt(text(124, 12), 8);
    const name = text(345, 155) === "" ? text(0, 100) : `${text(345, 155)}/${text(0, 100)}`;
    const path = join(staging, name);
    if (!path.startsWith(staging) || !Number.isSafeInteger(size)) throw damaged(name);
    if (text(156, 1) === directoryType) mkdirSync(path, { recursive: true, mode: 0o700 });
    else if (text(156, 1) === fileType || text(156, 1) === "") {
      writeSynced(path, tar.subarray(at + blockSize, at + blockSize + size));
    } else throw damaged(name);
    at += blockSize + Math.ceil(size / blockSize) * blockSize;
  }
  renameSync(staging, directory);
  syncDirectory(dirname(directory));
}

function writeSynced(path: string, bytes: Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const file = openSync(path, "wx", 0o600);
  try {
    for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function syncDirectory(path: string): void {
  const directory = openSync(path, "r");
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

function damaged(name: string): AgentBotError {
  return new AgentBotError(
    "STORE_UNAVAILABLE",
    `The shipped database snapshot is damaged at ${JSON.stringify(name)}: reinstall @agentbot/adapter-postgres.`,
    { retryable: false },
  );
}
