import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { AgentBotError } from "@agentbot/core";

const blockSize = 512;

/** Packs a directory as a gzipped tar (POSIX.1-1988 ustar), the same bytes for the same files on every machine. */
export function packSnapshot(directory: string): Uint8Array<ArrayBuffer> {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true })
    .map((entry) => ({ path: join(entry.parentPath, entry.name), isDirectory: entry.isDirectory() }))
    .sort((one, other) => (one.path < other.path ? -1 : 1));
  const blocks = entries.flatMap(({ path, isDirectory }) => {
    const content = isDirectory ? Buffer.alloc(0) : readFileSync(path);
    const name = relative(directory, path).split(sep).join("/");
    const padding = Buffer.alloc((blockSize - (content.length % blockSize)) % blockSize);
    return [header(name, content.length, isDirectory), content, padding];
  });
  return new Uint8Array(gzipSync(Buffer.concat([...blocks, Buffer.alloc(2 * blockSize)]), { level: 9 }));
}

function header(name: string, size: number, isDirectory: boolean): Buffer {
  const block = Buffer.alloc(blockSize);
  const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, "0")}\0`;
  block.write(name, 0, "latin1");
  block.write(octal(isDirectory ? 0o700 : 0o600, 7), 100);
  block.write(octal(0, 7), 108);
  block.write(octal(0, 7), 116);
  block.write(octal(size, 11), 124);
  block.write(octal(0, 11), 136);
  block.write(" ".repeat(8), 148);
  block.write(isDirectory ? "5" : "0", 156);
  block.write("ustar\u000000", 257);
  const checksum = block.reduce((sum, byte) => sum + byte, 0);
  block.write(`${octal(checksum, 6)} `, 148);
  return block;
}

const fileType = "0";
const directoryType = "5";

/** Unpacks an archive of {@link packSnapshot} into a directory that does not exist yet. */
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
