import { createHash } from "node:crypto";
import { lstat, readlink } from "node:fs/promises";
import { type ChangeLimits, tooLarge } from "./change-limits.js";
import { type Candidate, listCandidates, type TreeReader } from "./list-candidates.js";

/** The changes of an agent, by paths as bytes in Latin-1, since a file's name need not be UTF-8. */
export interface TreeChanges {
  /** New and modified regular files. */
  readonly written: readonly string[];
  readonly removed: readonly string[];
  readonly leftOut: LeftOut;
}

/** Numbers of entries that never leave the tree. */
export interface LeftOut {
  readonly symbolicLinks: number;
  readonly gitDirectories: number;
  /** Sockets, pipes, devices, and files without read permission. */
  readonly specialFiles: number;
}

type Verdict = "written" | "removed" | "unchanged" | keyof LeftOut;

/**
 * Decides about each path that differs from the index, following no symbolic link.
 *
 * @throws AgentBotError `CHANGE_TOO_LARGE`
 */
export async function scanChanges(reader: TreeReader, limits: ChangeLimits): Promise<TreeChanges> {
  const { candidates, nestedRepositories } = await listCandidates(reader, limits.maxFiles);
  const found: Record<Verdict, string[]> = {
    written: [],
    removed: [],
    unchanged: [],
    symbolicLinks: [],
    gitDirectories: [],
    specialFiles: [],
  };
  const isReal = createParentCheck(reader.tree);
  let bytes = 0;
  for (const candidate of candidates) {
    const { verdict, size } = await judge(reader.tree, candidate, isReal);
    found[verdict].push(candidate.path);
    bytes += size;
    if (bytes > limits.maxBytes) throw tooLarge(`more than ${limits.maxBytes} bytes of files`);
  }
  return {
    written: found.written,
    removed: found.removed,
    leftOut: {
      symbolicLinks: found.symbolicLinks.length,
      gitDirectories: found.gitDirectories.length + nestedRepositories,
      specialFiles: found.specialFiles.length,
    },
  };
}

/** Returns a line that lists what a commit does not hold, or an empty text. */
export function describeLeftOut({ symbolicLinks, gitDirectories, specialFiles }: LeftOut): string {
  const parts = [
    countOf(symbolicLinks, "new or changed symbolic link"),
    countOf(gitDirectories, "nested git directory", "nested git directories"),
    countOf(specialFiles, "special or unreadable file"),
  ].filter((part) => part !== "");
  return parts.length === 0 ? "" : `\n Left out: ${parts.join(", ")}`;
}

function countOf(count: number, one: string, many = `${one}s`): string {
  return count === 0 ? "" : `${count} ${count === 1 ? one : many}`;
}

async function judge(
  tree: string,
  { path, base }: Candidate,
  isReal: (path: string) => Promise<boolean>,
): Promise<{ verdict: Verdict; size: number }> {
  const decide = (verdict: Verdict, size = 0): { verdict: Verdict; size: number } => ({ verdict, size });
  if (isInsideGitDirectory(Buffer.from(path, "latin1").toString("utf8"))) return decide("gitDirectories");
  if (!(await isReal(path))) return decide("symbolicLinks");
  const absolute = absolutePath(tree, path);
  const found = await lstat(absolute).catch(nullIfGone);
  if (found === null || found.isDirectory()) return decide(base === null ? "unchanged" : "removed");
  if (found.isSymbolicLink()) {
    const blob = blobId(await readlink(absolute, { encoding: "buffer" }));
    return decide(base?.mode === "120000" && base.blob === blob ? "unchanged" : "symbolicLinks");
  }
  const isReadable = process.getuid?.() === 0 || (found.mode & 0o400) !== 0;
  return found.isFile() && isReadable ? decide("written", found.size) : decide("specialFiles");
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

function absolutePath(tree: string, path: string): Buffer {
  return Buffer.concat([Buffer.from(`${tree}/`), Buffer.from(path, "latin1")]);
}

/** Returns the id of these bytes as a git blob. */
function blobId(content: Buffer): string {
  return createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex");
}

// Code points HFS+ ignores when it compares names (git's utf8.c, next_hfs_char).
const ignoredByHfs = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;

/**
 * Returns whether any part of the path is `.git` to some file system: in any case, with HFS+'s ignored code points, with
 * NTFS's short name, trailing dots and spaces or alternate streams, and separated by backslashes as on Windows.
 */
function isInsideGitDirectory(path: string): boolean {
  return path.split(/[/\\]/).some((name) => /^(\.git|git~\d+)[. ]*(:.*)?$/is.test(name.replace(ignoredByHfs, "")));
}
