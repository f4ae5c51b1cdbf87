import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { GitClient } from "../git/git-client.js";
import type { ThreadLayout } from "../workspace-layout.js";

/** Makes the thread's trusted GIT_DIR, which borrows the mirror's objects instead of copying them. */
export async function borrowMirror(
  git: GitClient,
  place: ThreadLayout,
  mirror: string,
  signal: AbortSignal,
): Promise<void> {
  const { gitDirectory } = place;
  const words = ["init", "--quiet", "--bare", "--template=", gitDirectory];
  await git.run({ action: "making a work tree", arguments: words, gitDirectory, signal });
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
    action: `checking out ${commit}`,
    arguments: ["read-tree", "--reset", "-u", "--no-recurse-submodules", "--end-of-options", commit],
    gitDirectory: place.gitDirectory,
    workTree: place.tree,
    signal,
  });
}
