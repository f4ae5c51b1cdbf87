import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { removeTree } from "@agentbot/core/process";

/** Removes the generations of a mirror that were replaced and from which no workspace borrows any more. */
export async function sweepGenerations(generations: string, current: number, threads: string): Promise<void> {
  const replaced = (await readdir(generations)).filter((name) => Number(name) < current);
  if (replaced.length === 0) return;
  const borrowed = await borrowedPaths(threads);
  for (const name of replaced) {
    const directory = join(generations, name);
    if (![...borrowed].some((path) => path.startsWith(`${directory}/`))) await removeTree(directory);
  }
}

async function borrowedPaths(threads: string): Promise<Set<string>> {
  const found = new Set<string>();
  for (const installation of await readdir(threads).catch(() => [])) {
    for (const thread of await readdir(join(threads, installation)).catch(() => [])) {
      const alternates = join(threads, installation, thread, "git", "objects", "info", "alternates");
      const path = await readFile(alternates, "utf8").catch(() => "");
      if (path !== "") found.add(path.trim());
    }
  }
  return found;
}
