import { copyFile, stat, utimes } from "node:fs/promises";
import { AgentBotError } from "@agentbot/core";
import type { GitClient } from "../git/git-client.js";
import type { TreeReader } from "./list-candidates.js";
import type { TreeChanges } from "./scan-changes.js";

const nullId = "0".repeat(40);

/**
 * Copies an index with its time. git takes a file for unchanged if size and times are those in the index, unless the
 * index is not older than the file ("racy git", Documentation/technical/racy-git): a copy that looks newer than it is
 * would hide an edit of the same length within the second of the checkout.
 */
export async function copyIndex(from: string, to: string): Promise<void> {
  await copyFile(from, to);
  const { mtimeMs } = await stat(from);
  const seconds = Math.floor(mtimeMs / 1000);
  await utimes(to, seconds, seconds);
}

/** Applies the agent's changes to the private index, writes it as a tree and returns the tree's id. */
export async function stageChanges(reader: TreeReader, changes: TreeChanges): Promise<string> {
  const { git, gitDirectory, indexFile, tree, signal } = reader;
  const command = { action: "Staging the agent's change", gitDirectory, indexFile, workTree: tree, signal };
  if (changes.removed.length > 0) {
    const input = list(changes.removed.map((path) => `0 ${nullId}\t${path}`));
    await git.run({ ...command, arguments: ["update-index", "-z", "--index-info"], input });
  }
  if (changes.written.length > 0) {
    const words = ["update-index", "-z", "--add", "--replace", "--stdin"];
    await git.run({ ...command, arguments: words, input: list(changes.written) });
  }
  const written = await git.run({ ...command, arguments: ["write-tree"] });
  return written.toString("utf8").trim();
}

/** Two trees of one repository. */
export interface TreePair {
  readonly git: GitClient;
  readonly gitDirectory: string;
  readonly from: string;
  readonly to: string;
  readonly signal: AbortSignal;
}

/**
 * Checks, as the last step before a commit, that only regular files were added or changed: this holds even if the tree
 * was written to while it was read.
 *
 * @throws AgentBotError `GIT_FAILED` (not retryable)
 */
export async function checkModes({ git, gitDirectory, from, to, signal }: TreePair): Promise<void> {
  const action = "Checking the agent's change";
  const words = ["diff-tree", "-r", "-z", "--raw", "--no-renames", "--end-of-options", from, to];
  const output = await git.run({ action, arguments: words, gitDirectory, signal });
  const changes = output.toString("latin1").split("\0");
  const newModes = changes.filter((field) => field.startsWith(":")).map((field) => field.split(" ")[1]);
  const forbidden = newModes.filter((mode) => mode === "120000" || mode === "160000").length;
  if (forbidden === 0) return;
  const message = `The agent's tree changed while it was read: ${forbidden} symbolic links or submodules came up; try again`;
  throw new AgentBotError("GIT_FAILED", message, { isRetryable: false });
}

function list(lines: readonly string[]): Buffer {
  return Buffer.from(`${lines.join("\0")}\0`, "latin1");
}
