import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { GitClient } from "../git/git-client.js";
import type { ThreadLayout } from "../workspace-layout.js";

/** Options of {@link giveAgentHistory}. */
export interface AgentHistory {
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
