import { open, readdir } from "node:fs/promises";
import { join } from "node:path";

const syncedAtOnce = 64;

/**
 * Writes a directory and all it holds out to the disk. Many at a time: one by one, a busy disk takes seconds for them.
 * Returns the inode numbers of the files.
 */
export async function syncTree(directory: string): Promise<Set<number>> {
  const entries = await readdir(directory, { recursive: true });
  const paths = [...entries.map((entry) => join(directory, entry)), directory];
  const files = new Set<number>();
  for (let at = 0; at < paths.length; at += syncedAtOnce) {
    const synced = await Promise.all(paths.slice(at, at + syncedAtOnce).map(syncPath));
    for (const inode of synced) if (inode !== null) files.add(inode);
  }
  return files;
}

/** Writes one file, or one directory's list of names, out to the disk; returns the inode number of a file. */
export async function syncPath(path: string): Promise<number | null> {
  const file = await open(path, "r");
  try {
    await file.sync();
    const status = await file.stat();
    return status.isFile() ? status.ino : null;
  } finally {
    await file.close();
  }
}
