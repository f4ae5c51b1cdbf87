import { randomUUID } from "node:crypto";
import { chmod, lstat, mkdir, readdir, rename, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { removeTree } from "@agentbot/core/process";
import type { GitClient } from "../git/git-client.js";
import type { ThreadLayout } from "../workspace-layout.js";

/** Removes everything of an earlier task of the thread but the home, and makes an empty tree and GIT_DIR. */
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
    // Renamed first: a process that still runs in the old tree stays in it and never gets into the new one.
    await rename(join(place.root, name), doomed);
    await removeTree(doomed);
  }
}

/** A symbolic link in the home's place, made by an agent without a sandbox, would open another directory to the next. */
async function makePrivateHome(home: string): Promise<void> {
  const found = await lstat(home).catch(() => null);
  if (found !== null && !found.isDirectory()) await removeTree(home);
  await mkdir(home, { recursive: true, mode: 0o700 });
  await chmod(home, 0o700);
}

/** Makes the thread's trusted GIT_DIR, which borrows the mirror's objects instead of copying them. */
export async function borrowMirror(
  git: GitClient,
  place: ThreadLayout,
  mirror: string,
  signal: AbortSignal,
): Promise<void> {
  const { gitDirectory } = place;
  const words = ["init", "--quiet", "--bare", "--template=", gitDirectory];
  await git.run({ action: "Making a work tree", arguments: words, gitDirectory, signal });
  await mkdir(join(gitDirectory, "objects", "info"), { recursive: true });
  await writeFile(join(gitDirectory, "objects", "info", "alternates"), `${join(mirror, "objects")}\n`);
}

/** Fills the thread's tree with the files of a commit. Submodules stay empty directories, LFS files stay pointers. */
export async function checkOut(
  git: GitClient,
  place: ThreadLayout,
  commit: string,
  signal: AbortSignal,
): Promise<void> {
  await git.run({
    action: `Checking out ${commit}`,
    arguments: ["read-tree", "--reset", "-u", "--no-recurse-submodules", "--end-of-options", commit],
    gitDirectory: place.gitDirectory,
    workTree: place.tree,
    signal,
  });
}
