import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { gunzipSync } from "node:zlib";
import { AgentBotError } from "@agentbot/core";

const blockSize = 512;
const fileType = "0";
const directoryType = "5";

/** Unpacks what `packSnapshot` made into a directory that is not there yet. */
export function unpackSnapshot(snapshot: Uint8Array, directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const tar = gunzipSync(snapshot);
  for (let at = 0; at + blockSize <= tar.length && tar[at] !== 0; ) {
    const text = (offset: number, length: number): string =>
      tar.toString("latin1", at + offset, at + offset + length).replace(/\0.*$/s, "");
    const name = text(0, 100);
    const size = Number.parseInt(text(124, 12), 8);
    const path = join(directory, name);
    const isInside = path.startsWith(`${directory}${sep}`);
    if (!isInside || !Number.isSafeInteger(size) || ![fileType, directoryType].includes(text(156, 1))) {
      throw new AgentBotError(
        "STORE_UNAVAILABLE",
        `The shipped database snapshot is damaged at ${JSON.stringify(name)}: reinstall @agentbot/adapter-postgres.`,
        { isRetryable: false },
      );
    }
    const contentAt = at + blockSize;
    if (text(156, 1) === directoryType) mkdirSync(path, { recursive: true, mode: 0o700 });
    else {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      writeFileSync(path, tar.subarray(contentAt, contentAt + size), { flag: "wx", mode: 0o600 });
    }
    at = contentAt + Math.ceil(size / blockSize) * blockSize;
  }
}
