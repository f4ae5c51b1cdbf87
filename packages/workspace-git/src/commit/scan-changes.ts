import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, lstat, mkdir, open, readlink, rm } from "node:fs/promises";
import { join } from "node:path";
import type { LeftOut } from "./left-out.js";
import { type ChangeLimits, tooLarge } from "./left-out.js";
import {
  absolutePath,
  type Candidate,
  listCandidates,
  removeSpecialFiles,
  type TreeReader,
} from "./list-candidates.js";
import { namesOf } from "./protected-paths.js";
import { judgeSubmodules } from "./submodules.js";

/** The changes of an agent, by paths as bytes in Latin-1, since a file's name need not be UTF-8. */
export interface TreeChanges {
  /** New and modified regular files. */
  readonly written: readonly string[];
  readonly removed: readonly string[];
  readonly leftOut: LeftOut;
}

type LeftOutHere = "symbolicLinks" | "gitDirectories" | "specialFiles" | "submodules";
type Verdict = "written" | "removed" | "unchanged" | LeftOutHere;

/**
 * Decides about each path that differs from the index, following no symbolic link. A file with the bytes that a check-out
 * of the base gives is unchanged, whatever the repository's attributes make git think of it.
 *
 * @throws AgentBotError `CHANGE_TOO_LARGE`
 */
export async function scanChanges(reader: TreeReader, limits: ChangeLimits): Promise<TreeChanges> {
  const special = await removeSpecialFiles(reader.tree);
  const { candidates, nestedRepositories } = await listCandidates(reader, limits.maxFiles);
  const submodules = await judgeSubmodules(reader);
  const found: Record<Verdict, string[]> = {
    written: [],
    removed: [...submodules.removed],
    unchanged: [],
    symbolicLinks: [],
    gitDirectories: [...nestedRepositories],
    specialFiles: [],
    submodules: [...submodules.leftOut],
  };
  const isReal = createParentCheck(reader.tree);
  const rewritten: FileWithBase[] = [];
  let bytes = 0;
  for (const candidate of candidates) {
    const { path, base } = candidate;
    if (submodules.isHeldBack(path)) continue;
    if (special.has(path)) {
      found.specialFiles.push(path);
      continue;
    }
    const { verdict, size, mode } = await judge(reader.tree, candidate, isReal);
    if (verdict === "written" && base?.mode === mode) rewritten.push({ path, blob: base.blob, size });
    else found[verdict].push(path);
    bytes += size;
    if (bytes > limits.maxBytes) throw tooLarge(`more than ${limits.maxBytes} bytes of files`);
  }
  const changed = await withBaseFiles(reader, rewritten, (baseTree) => changedFiles(reader.tree, baseTree, rewritten));
  const { written, removed, unchanged: _, ...leftOut } = found;
  return { written: [...written, ...changed], removed, leftOut };
}

/** Returns the files with other bytes than a check-out of the base gives. */
async function changedFiles(tree: string, baseTree: string, files: readonly FileWithBase[]): Promise<string[]> {
  const changed: string[] = [];
  for (const { path } of files) {
    const isSame = await hasSameBytes(absolutePath(tree, path), absolutePath(baseTree, path));
    if (!isSame) changed.push(path);
  }
  return changed;
}

interface Judgement {
  readonly verdict: Verdict;
  readonly size: number;
  /** Of a regular file, as git has it. */
  readonly mode: string | null;
}

async function judge(
  tree: string,
  { path, base }: Candidate,
  isReal: (path: string) => Promise<boolean>,
): Promise<Judgement> {
  const decide = (verdict: Verdict, size = 0, mode: string | null = null): Judgement => ({ verdict, size, mode });
  if (isInsideGitDirectory(path)) return decide("gitDirectories");
  if (!(await isReal(path))) return decide("symbolicLinks");
  const absolute = absolutePath(tree, path);
  const found = await lstat(absolute).catch(nullIfGone);
  if (found === null || found.isDirectory()) return decide(base === null ? "unchanged" : "removed");
  if (found.isSymbolicLink()) {
    const blob = blobId(await readlink(absolute, { encoding: "buffer" }));
    return decide(base?.mode === "120000" && base.blob === blob ? "unchanged" : "symbolicLinks");
  }
  const isReadable = process.getuid?.() === 0 || (found.mode & 0o400) !== 0;
  if (!found.isFile() || !isReadable) return decide("specialFiles");
  return decide("written", found.size, modeOf(found));
}

/** Compares two regular files; false if one of them is gone or of another kind by now. */
async function hasSameBytes(left: Buffer, right: Buffer): Promise<boolean> {
  const [leftFile, rightFile] = await Promise.all([openRegular(left), openRegular(right)]);
  try {
    if (leftFile === null || rightFile === null) return false;
    const [leftSize, rightSize] = await Promise.all([leftFile.stat(), rightFile.stat()]);
    return leftSize.size === rightSize.size && (await digestOf(leftFile)) === (await digestOf(rightFile));
  } finally {
    await Promise.all([leftFile?.close(), rightFile?.close()]);
  }
}

/** Reads a regular file of the tree with its mode as git has it; null if it is gone or of another kind by now. */
export async function readRegularFile(
  tree: string,
  path: string,
): Promise<{ readonly content: Buffer; readonly mode: string } | null> {
  const file = await openRegular(absolutePath(tree, path));
  if (file === null) return null;
  try {
    return { content: await file.readFile(), mode: modeOf(await file.stat()) };
  } finally {
    await file.close();
  }
}

function modeOf({ mode }: { readonly mode: number }): string {
  return (mode & 0o100) === 0 ? "100644" : "100755";
}

/** Opens a file that is neither a link nor a pipe, which would block. */
async function openRegular(path: Buffer): Promise<FileHandle | null> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await open(path, flags).catch(() => null);
  if (file === null || (await file.stat()).isFile()) return file;
  await file.close();
  return null;
}

async function digestOf(file: FileHandle): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of file.createReadStream({ autoClose: false })) hash.update(chunk);
  return hash.digest("hex");
}

/** Returns a function that checks whether all parents of a path are real directories; each is read once. */
function createParentCheck(tree: string): (path: string) => Promise<boolean> {
  const known = new Map<string, boolean>([["", true]]);
  const isRealDirectory = async (directory: string): Promise<boolean> => {
    const before = known.get(directory);
    if (before !== undefined) return before;
    const isAboveReal = await isRealDirectory(parentOf(directory));
    const found = isAboveReal ? await lstat(absolutePath(tree, directory)).catch(nullIfGone) : null;
    // A parent that is gone, or became a file, hides nothing: the path below it was removed.
    const isReal = isAboveReal && !found?.isSymbolicLink();
    known.set(directory, isReal);
    return isReal;
  };
  return (path) => isRealDirectory(parentOf(path));
}

function nullIfGone(error: NodeJS.ErrnoException): null {
  if (error.code === "ENOENT" || error.code === "ENOTDIR") return null;
  throw error;
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

/** Returns the id of these bytes as a git blob. */
function blobId(content: Buffer): string {
  return createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex");
}

/** Returns whether any part of the path is `.git` to some file system, by NTFS's short name too. */
function isInsideGitDirectory(path: string): boolean {
  return namesOf(path).some((name) => /^(?:\.git|git~\d+)$/.test(name));
}

/** A changed file and its base: {@link withBaseFiles} may leave out a base that is far larger. */
interface FileWithBase {
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
async function withBaseFiles<Result>(
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
