import type { Dirent } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { GitClient } from "../git/git-client.js";
import { tooLarge } from "./left-out.js";

/** A path that may have changed, and the base's entry of that path. */
export interface Candidate {
  /** The bytes of the path in Latin-1. */
  readonly path: string;
  readonly base: { readonly mode: string; readonly blob: string } | null;
}

/** Reads a tree by a trusted GIT_DIR and a private index. */
export interface TreeReader {
  readonly git: GitClient;
  readonly gitDirectory: string;
  readonly indexFile: string;
  readonly tree: string;
  readonly signal: AbortSignal;
}

const maxNestedRepositories = 100;

/**
 * Lists the paths that git finds changed or new; ignored files are left out, submodules are never read. A repository that
 * the agent made inside the tree is listed as plain files, although git would take it for a submodule.
 */
export async function listCandidates(
  reader: TreeReader,
  maxFiles: number,
): Promise<{ candidates: Candidate[]; nestedRepositories: readonly string[] }> {
  const candidates = await listTracked(reader);
  const nested: string[] = [];
  const list = async (prefix: string): Promise<void> => {
    for (const path of await listNew(reader, prefix)) {
      if (path.endsWith("/") && isUtf8(path)) nested.push(`${prefix}${path}`);
      else if (!path.endsWith("/")) candidates.push({ path: `${prefix}${path}`, base: null });
    }
    if (candidates.length > maxFiles) throw tooLarge(`more than ${maxFiles} files`);
  };
  await list("");
  for (const prefix of nested) {
    if (nested.length > maxNestedRepositories) throw tooLarge(`more than ${maxNestedRepositories} nested repositories`);
    await list(prefix);
  }
  return { candidates, nestedRepositories: nested };
}

async function listTracked(reader: TreeReader): Promise<Candidate[]> {
  // Without --ignore-submodules git would run in a submodule's directory, under a configuration the agent wrote.
  const words = ["diff-files", "--raw", "-z", "--no-abbrev", "--no-renames", "--ignore-submodules=all"];
  const fields = splitList(await readTree(reader, words, reader.tree, reader.indexFile));
  const candidates: Candidate[] = [];
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const [mode = "", , blob = ""] = (fields[index] ?? "").slice(1).split(" ");
    candidates.push({ path: fields[index + 1] ?? "", base: { mode, blob } });
  }
  return candidates;
}

async function listNew(reader: TreeReader, prefix: string): Promise<string[]> {
  const words = ["ls-files", "-z", "--others", "--exclude-standard"];
  if (prefix === "") return splitList(await readTree(reader, words, reader.tree, reader.indexFile));
  const directory = join(reader.tree, Buffer.from(prefix, "latin1").toString("utf8"));
  return splitList(await readTree(reader, words, directory, `${reader.indexFile}.empty`));
}

/** Runs a git command that reads the tree; a list that is too long is a change that is too large. */
export async function readTree(
  reader: TreeReader,
  words: string[],
  workTree: string,
  indexFile: string,
): Promise<Buffer> {
  const { git, gitDirectory, signal } = reader;
  const command = { action: "Reading the agent's tree", arguments: words, gitDirectory, workTree, indexFile, signal };
  const end = await git.attempt(command);
  if (end.stopped === "output") throw tooLarge("the list of its files alone is too long");
  return end.exitCode === 0 ? end.stdout : await git.run(command);
}

/** Returns the `filter` attribute of the files that have one, as it counts for a commit of the tree. */
export async function readFilters(reader: TreeReader, paths: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const filters = new Map<string, string>();
  if (paths.length === 0) return filters;
  const { git, gitDirectory, indexFile, tree: workTree, signal } = reader;
  const output = await git.run({
    action: "Reading the attributes",
    arguments: ["check-attr", "-z", "--stdin", "filter"],
    ...{ gitDirectory, indexFile, workTree, signal },
    input: joinList(paths),
  });
  const fields = splitList(output);
  for (let index = 0; index + 2 < fields.length; index += 3) {
    const [path = "", , filter = ""] = fields.slice(index, index + 3);
    if (!["unspecified", "unset", "set"].includes(filter)) filters.set(path, filter);
  }
  return filters;
}

/** A directory whose name is not UTF-8 can't be the working directory of a child process of Node. */
function isUtf8(path: string): boolean {
  return !Buffer.from(path, "latin1").toString("utf8").includes("\ufffd");
}

/** Splits a list that ends each item with a NUL. */
export function splitList(output: Buffer): string[] {
  return output.toString("latin1").split("\0").slice(0, -1);
}

/** Joins items to a list as {@link splitList} splits it. */
export function joinList(items: readonly string[]): Buffer {
  return Buffer.from(items.map((item) => `${item}\0`).join(""), "latin1");
}

/** Maximum number of entries of a tree, ignored files and `.git` included: a tree with more is not read. */
const maxEntries = 2_000_000;

/**
 * Removes every pipe, socket and device of a tree, and returns their paths as bytes in Latin-1. git opens the files of a
 * tree that it obeys, such as `.gitignore` or a nested repository's `HEAD`, without asking for their kind, and waits for ever
 * for the writer of a pipe. Called before git looks at the tree. Follows no link; linear in the number of entries.
 *
 * @throws AgentBotError `CHANGE_TOO_LARGE`
 */
export async function removeSpecialFiles(tree: string): Promise<ReadonlySet<string>> {
  const removed = new Set<string>();
  const waiting = [""];
  let entries = 0;
  for (let directory = waiting.pop(); directory !== undefined; directory = waiting.pop()) {
    const found = await listDirectory(absolutePath(tree, directory));
    entries += found.length;
    if (entries > maxEntries) throw tooLarge(`a work tree of more than ${maxEntries} files`);
    for (const entry of found) {
      const path = `${directory}${entry.name.toString("latin1")}`;
      if (entry.isDirectory()) waiting.push(`${path}/`);
      else if (!entry.isFile() && !entry.isSymbolicLink()) {
        await rm(absolutePath(tree, path), { force: true });
        removed.add(path);
      }
    }
  }
  return removed;
}

/** A directory that cannot be listed, for its rights or the length of its path, is closed to git too. */
async function listDirectory(path: Buffer): Promise<readonly Dirent<Buffer>[]> {
  return await readdir(path, { withFileTypes: true, encoding: "buffer" }).catch(() => []);
}

/** Returns the path of an entry of a tree; its bytes need not be UTF-8. */
export function absolutePath(tree: string, path: string): Buffer {
  return Buffer.concat([Buffer.from(`${tree}/`), Buffer.from(path, "latin1")]);
}
