import { lstat, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { readTree, splitList, type TreeReader } from "./list-candidates.js";

/** Submodules that a commit removes or leaves out, by paths as bytes in Latin-1. */
export interface SubmoduleChanges {
  /** Removed wholly: the directory and its entry in `.gitmodules` are gone. */
  readonly removed: readonly string[];
  readonly leftOut: readonly string[];
  /** True for `.gitmodules` while part of what it removed has to stay: a removal is published wholly or not at all. */
  readonly isHeldBack: (path: string) => boolean;
}

const listFile = ".gitmodules";
const maxListBytes = 1024 * 1024;

/**
 * Decides about the base's submodules without running git in any of them. They are checked out as empty directories: one
 * with content was worked in, and its commits exist nowhere else.
 */
export async function judgeSubmodules(reader: TreeReader): Promise<SubmoduleChanges> {
  const removed: string[] = [];
  const leftOut: string[] = [];
  let isListHeldBack = false;
  const submodules = await listSubmodules(reader);
  const listed = submodules.length === 0 ? new Set<string>() : await readListed(reader.tree);
  for (const path of submodules) {
    const state = await stateOf(reader.tree, path);
    if (state === "filled" || (state === "gone" && listed.has(path))) leftOut.push(path);
    else if (!listed.has(path)) removed.push(path);
    if (state === "filled" && !listed.has(path)) isListHeldBack = true;
  }
  if (isListHeldBack) leftOut.push(listFile, ...removed.splice(0));
  return { removed, leftOut, isHeldBack: (path) => isListHeldBack && path === listFile };
}

/** Lists the submodules of the base; without `.gitmodules` none of them works. */
async function listSubmodules(reader: TreeReader): Promise<readonly string[]> {
  const words = ["ls-files", "-z", "--stage"];
  const known = await readTree(reader, [...words, "--", listFile], reader.tree, reader.indexFile);
  if (known.length === 0) return [];
  const entries = splitList(await readTree(reader, words, reader.tree, reader.indexFile));
  return entries.filter((entry) => entry.startsWith("160000 ")).map((entry) => entry.slice(entry.indexOf("\t") + 1));
}

/** Reads the paths in the tree's own `.gitmodules`, which an agent may have replaced by anything. */
async function readListed(tree: string): Promise<ReadonlySet<string>> {
  const file = join(tree, listFile);
  const found = await lstat(file).catch(() => null);
  const isReadable = found?.isFile() === true && found.size <= maxListBytes;
  const lines = isReadable ? (await readFile(file, "latin1")).split("\n") : [];
  const entries = lines.map((line) => line.split("="));
  const paths = entries.filter(([key = ""]) => key.trim() === "path").map(([, ...value]) => value.join("=").trim());
  return new Set(paths.map((path) => path.replace(/^"|"$/g, "")));
}

async function stateOf(tree: string, path: string): Promise<"gone" | "empty" | "filled"> {
  const directory = Buffer.concat([Buffer.from(`${tree}/`), Buffer.from(path, "latin1")]);
  const found = await lstat(directory).catch(() => null);
  if (found === null) return "gone";
  if (!found.isDirectory()) return "filled";
  return (await readdir(directory)).length === 0 ? "empty" : "filled";
}
