import { randomUUID } from "node:crypto";
import { chmod, lstat, mkdir, readdir, rename } from "node:fs/promises";
import { basename, join } from "node:path";
import { removeTree } from "@agentbot/core/process";
import type { ThreadLayout } from "../workspace-layout.js";

/** Removes what an earlier task of the thread left and makes the empty tree and GIT_DIR; the home stays. */
export async function clearThread(place: ThreadLayout): Promise<void> {
  await removeLeftovers(place);
  await makePrivateHome(place.home);
  await mkdir(place.tree, { mode: 0o700 });
  await mkdir(place.gitDirectory, { mode: 0o700 });
}

/** Removes everything of the thread but its home and its lock. */
export async function removeLeftovers(place: ThreadLayout): Promise<void> {
  const kept = new Set([basename(place.home), basename(place.lock)]);
  for (const name of await readdir(place.root).catch(() => [])) {
    if (kept.has(name)) continue;
    const doomed = join(place.root, `gone-${randomUUID()}`);
    // Renamed first: a process that still runs in the old tree stays in it and never meets the new one.
    await rename(join(place.root, name), doomed);
    await removeTree(doomed);
  }
}

/** A symbolic link in the home's place, left by an agent without a sandbox, would open another directory to the next. */
async function makePrivateHome(home: string): Promise<void> {
  const found = await lstat(home).catch(() => null);
  if (found !== null && !found.isDirectory()) await removeTree(home);
  await mkdir(home, { recursive: true, mode: 0o700 });
  await chmod(home, 0o700);
}
