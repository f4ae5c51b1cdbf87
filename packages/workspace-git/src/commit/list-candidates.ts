import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { GitClient } from "../git/git-client.js";
import { tooLarge } from "./change-limits.js";

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

/** A changed file and its base: {@link checkOutBase} may leave out a base that is far larger. */
export interface FileWithBase {
  readonly path: string;
  readonly blob: string;
  /** The bytes that the file has in the tree. */
  readonly size: number;
}

/**
 * Checks out the base's files beside the GIT_DIR for `work`, and removes them. Attributes are read from the base alone: git
 * looks into the index before an empty work tree. A base that no conversion could make as small as the file in the tree is
 * left out, so that the files take at most some four times the tree's.
 */
export async function withBaseFiles<Result>(
  reader: TreeReader,
  files: readonly FileWithBase[],
  work: (directory: string) => Promise<Result>,
): Promise<Result> {
  const { git, gitDirectory, indexFile, signal } = reader;
  const directory = join(gitDirectory, "base-files");
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { mode: 0o700 });
  try {
    const paths = files.length === 0 ? [] : await comparablePaths(reader, files);
    if (paths.length > 0) {
      await git.run({
        action: "Checking out the base beside the agent's tree",
        arguments: ["checkout-index", "-z", "--stdin", "--quiet", "--force"],
        ...{ gitDirectory, indexFile, workTree: directory, signal },
        input: Buffer.from(`${paths.join("\0")}\0`, "latin1"),
      });
    }
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function comparablePaths(reader: TreeReader, files: readonly FileWithBase[]): Promise<readonly string[]> {
  const { git, gitDirectory, signal } = reader;
  const sizes = await git.run({
    action: "Reading the sizes of the base's files",
    arguments: ["cat-file", "--batch-check=%(objectsize)"],
    ...{ gitDirectory, signal },
    input: `${files.map(({ blob }) => blob).join("\n")}\n`,
  });
  const baseSizes = sizes.toString("utf8").split("\n").map(Number);
  return files.filter(({ size }, index) => (baseSizes[index] ?? 0) <= size * 4 + 4096).map(({ path }) => path);
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

/** A directory whose name is not UTF-8 can't be the working directory of a child process of Node. */
function isUtf8(path: string): boolean {
  return !Buffer.from(path, "latin1").toString("utf8").includes("\ufffd");
}

/** Splits a list that ends each item with a NUL. */
export function splitList(output: Buffer): string[] {
  return output.toString("latin1").split("\0").slice(0, -1);
}
