import { copyFile, stat, utimes } from "node:fs/promises";

/**
 * Copies an index with its time. git takes a file for unchanged when size and times are those in the index, unless the
 * index is not older than the file ("racy git", Documentation/technical/racy-git): a copy that looks newer than it is
 * would hide an edit of the same length within the second of the checkout.
 */
export async function copyIndex(from: string, to: string): Promise<void> {
  await copyFile(from, to);
  const { mtimeMs } = await stat(from);
  const seconds = Math.floor(mtimeMs / 1000);
  await utimes(to, seconds, seconds);
}
