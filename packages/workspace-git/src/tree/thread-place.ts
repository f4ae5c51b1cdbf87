import { randomUUID } from "node:crypto";
import { chmod, copyFile, lstat, mkdir, readdir, rename, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { removeTree } from "@agentbot/core/process";
import type { GitClient } from "../git/git-client.js";
import type { ThreadLayout } from "../workspace-layout.js";

/** How often the place is cleared before its failure is passed on. */
const maxClearings = 10;

/** Removes everything of an earlier task of the thread but the home, and makes an empty tree and GIT_DIR. */
export async function clearThread(place: ThreadLayout): Promise<void> {
  for (let clearing = 1; ; clearing += 1) {
    await removeLeftovers(place);
    await makePrivateHome(place.home);
    try {
      await mkdir(place.tree, { mode: 0o700 });
      await mkdir(place.gitDirectory, { mode: 0o700 });
      return;
    } catch (error) {
      // A `git init` that outlived its killed worker makes its directory again, once.
      const isMadeAgain = error instanceof Error && "code" in error && error.code === "EEXIST";
      if (!isMadeAgain || clearing === maxClearings) throw error;
    }
  }
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

/** Returns whether attributes choose Git LFS for any file: such files are checked out as pointers. */
export async function hasLargeFiles(git: GitClient, place: ThreadLayout, signal: AbortSignal): Promise<boolean> {
  const found = await git.attempt({
    action: "Looking for large files",
    arguments: ["ls-files", "-z", "--", ":(attr:filter=lfs)"],
    environment: { GIT_LITERAL_PATHSPECS: "0" },
    gitDirectory: place.gitDirectory,
    workTree: place.tree,
    // One is enough.
    maxOutputBytes: 1,
    signal,
  });
  return found.stdout.length > 0;
}

/** Options of {@link giveAgentHistory}. */
interface AgentHistory {
  readonly place: ThreadLayout;
  readonly commit: string;
  readonly branch: string;
  /** Number of commits; 0 leaves the tree without a `.git`. */
  readonly depth: number;
  readonly author: { readonly name: string; readonly email: string };
  readonly signal: AbortSignal;
}

/**
 * Puts a throw-away `.git` with the newest commits into the tree, so that an agent can read status, diff and log. It has
 * its own objects, since the mirror does not exist inside a sandbox and hard links would let the agent write into it. It
 * has no remote, and this package never runs git in it.
 */
export async function giveAgentHistory(git: GitClient, history: AgentHistory): Promise<void> {
  if (history.depth === 0) return;
  const { place, commit, branch, signal } = history;
  const { gitDirectory } = place;
  const shallow = await shallowCommits(git, history);
  const target = join(place.tree, ".git");
  await mkdir(join(target, "objects", "pack"), { recursive: true });
  await mkdir(join(target, "objects", "info"));
  await mkdir(join(target, "refs", "heads"), { recursive: true });
  const revisions = [...shallow.map((boundary) => `--shallow ${boundary}`), commit];
  await git.run({
    action: "Packing the agent's history",
    // Deltas are copied from the mirror, never searched for: speed matters here, size does not.
    arguments: ["pack-objects", "--quiet", "--revs", "--window=0", "--delta-base-offset", packBase(target)],
    gitDirectory,
    input: `${revisions.join("\n")}\n`,
    signal,
  });
  if (shallow.length > 0) await writeFile(join(target, "shallow"), `${shallow.join("\n")}\n`);
  await writeFile(join(target, "packed-refs"), `# pack-refs with: sorted\n${commit} refs/heads/${branch}\n`);
  await writeFile(join(target, "config"), configuration(history));
  await copyFile(join(gitDirectory, "index"), join(target, "index"));
  // Last: without a HEAD a directory is not a repository, so a half-made one is never used.
  await writeFile(join(target, "HEAD"), `ref: refs/heads/${branch}\n`);
}

/** Returns those of the newest `depth` commits whose parents are not among them. */
async function shallowCommits(git: GitClient, { place, commit, depth, signal }: AgentHistory): Promise<string[]> {
  const words = ["rev-list", "--parents", `--max-count=${depth}`, "--end-of-options", commit];
  const list = await git.run({
    action: "Reading the history",
    arguments: words,
    gitDirectory: place.gitDirectory,
    signal,
  });
  const lines = list.toString("utf8").trim().split("\n");
  const commits = lines.map((line) => line.split(" "));
  const known = new Set(commits.map(([id]) => id));
  return commits.flatMap(([id, ...parents]) =>
    id !== undefined && parents.some((parent) => !known.has(parent)) ? [id] : [],
  );
}

function packBase(target: string): string {
  return join(target, "objects", "pack", "pack");
}

function configuration({ author }: AgentHistory): string {
  const quote = (value: string): string => `"${value.replace(/["\\]/g, "\\$&")}"`;
  return [
    "[core]",
    "\trepositoryformatversion = 0",
    "\tbare = false",
    "\tlogallrefupdates = true",
    "[gc]",
    "\tauto = 0",
    "[user]",
    `\tname = ${quote(author.name)}`,
    `\temail = ${quote(author.email)}`,
    "",
  ].join("\n");
}
