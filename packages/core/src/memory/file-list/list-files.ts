import type { Dir } from "node:fs";
import { opendir, realpath } from "node:fs/promises";
import { join, sep } from "node:path";

/** How far {@link listFiles} goes. */
export interface ListLimits {
  readonly maxFiles: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** The files found, and whether there may be more. */
export interface FileList {
  /** Relative to the root, with `/`, sorted by code unit. */
  readonly paths: readonly string[];
  readonly isComplete: boolean;
}

const skippedNames: ReadonlySet<string> = new Set([".git", "node_modules"]);
// Control and format characters, lone surrogates, and what a name in no encoding decodes to: they could fake a line.
const unprintablePattern = /[\p{C}\p{Zl}\p{Zp}\ufffd]/u;

/** Lists the ordinary files below a directory, the shallow ones first when there are too many. Follows no symbolic link. */
export async function listFiles(directory: string, { maxFiles, timeoutMs, signal }: ListLimits): Promise<FileList> {
  signal.throwIfAborted();
  const deadline = performance.now() + timeoutMs;
  const root = await realpath(directory);
  const paths: string[] = [];
  // Grows while it is walked: breadth first.
  const waiting: string[] = [""];
  let entriesLeft = maxFiles * 4;
  let isComplete = true;

  for (const folder of waiting) {
    if (!isComplete) break;
    const entries = await openInside(root, folder);
    if (entries === null) continue;
    for await (const entry of entries) {
      entriesLeft -= 1;
      isComplete = paths.length < maxFiles && entriesLeft >= 0 && performance.now() < deadline && !signal.aborted;
      if (!isComplete) break;
      if (skippedNames.has(entry.name) || unprintablePattern.test(entry.name)) continue;
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) waiting.push(path);
      else if (entry.isFile()) paths.push(path);
    }
  }
  signal.throwIfAborted();
  return { paths: paths.sort(), isComplete };
}

/** Opens a folder that really lies below the root; null for one that is gone, unreadable, too deep or a way out. */
async function openInside(root: string, folder: string): Promise<Dir | null> {
  const path = folder === "" ? root : join(root, folder);
  try {
    const real = await realpath(path);
    return real === root || real.startsWith(root + sep) ? await opendir(real, { bufferSize: 256 }) : null;
  } catch (error) {
    if (folder === "") throw error;
    return null;
  }
}
