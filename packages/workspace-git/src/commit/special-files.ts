import type { Dirent } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { tooLarge } from "./change-limits.js";

/** Maximum number of entries of a tree, ignored files and `.git` included: more are no work on a repository. */
const maxEntries = 2_000_000;

/**
 * Removes every pipe, socket and device of a tree, and returns their paths as bytes in Latin-1. git opens the files of a
 * tree that it obeys, such as `.gitignore` or a nested repository's `HEAD`, without asking for their kind, and waits for ever
 * for the writer of a pipe. Called before git looks at the tree. Follows no link; linear in the number of entries.
 *
 * @throws AgentBotError `CHANGE_TOO_LARGE`
 */
export async function removeSpecialFiles(tree: string): Promise<ReadonlySet<string>> {
  const removed = new Set<string>();
  const waiting = [""];
  let entries = 0;
  for (let directory = waiting.pop(); directory !== undefined; directory = waiting.pop()) {
    const found = await listDirectory(absolutePath(tree, directory));
    entries += found.length;
    if (entries > maxEntries) throw tooLarge(`a work tree of more than ${maxEntries} files`);
    for (const entry of found) {
      const path = `${directory}${entry.name.toString("latin1")}`;
      if (entry.isDirectory()) waiting.push(`${path}/`);
      else if (!entry.isFile() && !entry.isSymbolicLink()) {
        await rm(absolutePath(tree, path), { force: true });
        removed.add(path);
      }
    }
  }
  return removed;
}

/** What cannot be listed, for its rights or the length of its path, git cannot read either. */
async function listDirectory(path: Buffer): Promise<readonly Dirent<Buffer>[]> {
  return await readdir(path, { withFileTypes: true, encoding: "buffer" }).catch(() => []);
}

/** Returns the path of an entry of a tree; its bytes need not be UTF-8. */
export function absolutePath(tree: string, path: string): Buffer {
  return Buffer.concat([Buffer.from(`${tree}/`), Buffer.from(path, "latin1")]);
}
