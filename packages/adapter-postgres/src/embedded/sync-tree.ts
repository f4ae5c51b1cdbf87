import { open, readdir } from "node:fs/promises";
import { join } from "node:path";

const syncedAtOnce = 64;

/** Writes a directory and all it holds out to the disk. Many at a time: one by one, a busy disk takes seconds for them. */
export async function syncTree(directory: string): Promise<void> {
  const entries = await readdir(directory, { recursive: true });
  const paths = [...entries.map((entry) => join(directory, entry)), directory];
  for (let at = 0; at < paths.length; at += syncedAtOnce) {
    await Promise.all(paths.slice(at, at + syncedAtOnce).map(syncPath));
  }
}

/** Writes one file, or one directory's list of names, out to the disk. */
export async function syncPath(path: string): Promise<void> {
  const file = await open(path, "r");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
