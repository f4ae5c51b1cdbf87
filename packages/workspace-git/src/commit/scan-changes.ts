import { createHash } from "node:crypto";
import { lstat, readlink } from "node:fs/promises";
import { isInsideGitDirectory } from "../names/git-directory-name.js";
import { type Candidate, listCandidates, type TreeReader } from "./list-candidates.js";
import { tooLarge } from "./too-large.js";

/** What an agent changed, by paths as bytes in Latin-1, since a file's name need not be UTF-8. */
export interface TreeChanges {
  /** New and modified regular files. */
  readonly written: readonly string[];
  readonly removed: readonly string[];
  readonly leftOut: LeftOut;
}

/** What never leaves the tree, counted. */
export interface LeftOut {
  readonly symbolicLinks: number;
  readonly gitDirectories: number;
  /** Sockets, pipes, devices, and files we may not read. */
  readonly specialFiles: number;
}

/** The most a change may be before it is read at all. */
export interface ChangeLimits {
  readonly maxFiles: number;
  readonly maxBytes: number;
}

type Verdict = "written" | "removed" | "unchanged" | keyof LeftOut;

/**
 * Looks at what differs from the index and decides about each path, following no symbolic link.
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

/** Answers whether every directory above a path is a directory and no symbolic link; each is asked about once. */
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

/** The id git gives these bytes as a blob. */
function blobId(content: Buffer): string {
  return createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex");
}
