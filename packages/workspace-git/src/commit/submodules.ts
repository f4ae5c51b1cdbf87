import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { readTree, splitList, type TreeReader } from "./list-candidates.js";

/** Submodules that a commit removes or leaves out, by paths as bytes in Latin-1. */
export interface SubmoduleChanges {
  /** Removed wholly: neither content nor an entry in `.gitmodules` is left. */
  readonly removed: readonly string[];
  readonly leftOut: readonly string[];
  /** True for `.gitmodules` while part of what it removed has to stay: a removal is published wholly or not at all. */
  readonly isHeldBack: (path: string) => boolean;
}

const listFile = ".gitmodules";
const maxListBytes = 1024 * 1024;

/**
 * Decides about the base's submodules without running git in any of them. They are checked out as empty directories: one
 * with content was worked in, and its commits exist nowhere else. A directory without content is removed only if the
 * agent took its entry out of `.gitmodules`: an empty one alone is how it was checked out.
 */
export async function judgeSubmodules(reader: TreeReader): Promise<SubmoduleChanges> {
  const removed: string[] = [];
  const leftOut: string[] = [];
  const { submodules, listed: listedBefore } = await readBase(reader);
  const listed = submodules.length === 0 ? listedBefore : await readListed(reader);
  let isListHeldBack = listed === null;
  for (const path of submodules) {
    const isTakenOut = listedBefore.has(path) && listed !== null && !listed.has(path);
    const state = await stateOf(reader.tree, path);
    if (isTakenOut && state !== "filled") removed.push(path);
    else if (state !== "empty") leftOut.push(path);
    if (isTakenOut && state === "filled") isListHeldBack = true;
  }
  if (isListHeldBack) leftOut.push(listFile, ...removed.splice(0));
  return { removed, leftOut, isHeldBack: (path) => isListHeldBack && path === listFile };
}

interface SubmodulesOfBase {
  readonly submodules: readonly string[];
  /** Paths that the base's `.gitmodules` names. */
  readonly listed: ReadonlySet<string>;
}

/** Lists the submodules of the base; without `.gitmodules` none of them works. */
async function readBase(reader: TreeReader): Promise<SubmodulesOfBase> {
  const words = ["ls-files", "-z", "--stage"];
  const [entry] = splitList(await readTree(reader, [...words, "--", listFile], reader.tree, reader.indexFile));
  const [mode = "", blob = ""] = (entry ?? "").split(" ");
  if (!mode.startsWith("100")) return { submodules: [], listed: new Set() };
  const entries = splitList(await readTree(reader, words, reader.tree, reader.indexFile));
  const links = entries.filter((each) => each.startsWith("160000 "));
  const listed = links.length === 0 ? null : await readPaths(reader, ["--blob", blob]);
  return { submodules: links.map((each) => each.slice(each.indexOf("\t") + 1)), listed: listed ?? new Set() };
}

/** Reads the tree's own `.gitmodules`; null if an agent has put something in its place that is not a list. */
async function readListed(reader: TreeReader): Promise<ReadonlySet<string> | null> {
  const file = join(reader.tree, listFile);
  const found = await lstat(file).catch(() => null);
  if (found === null) return new Set();
  return found.isFile() && found.size <= maxListBytes ? await readPaths(reader, ["--file", file]) : null;
}

/** Has git parse a list, which has comments, quotes and keys in any case; null if it cannot. */
async function readPaths(reader: TreeReader, source: readonly string[]): Promise<ReadonlySet<string> | null> {
  const { git, gitDirectory, signal } = reader;
  const words = ["config", ...source, "--no-includes", "-z", "--get-regexp", "^submodule\\..*\\.path$"];
  const end = await git.attempt({ action: "Reading the submodules", arguments: words, gitDirectory, signal });
  // 1: no key matches.
  if (end.exitCode !== 0 && end.exitCode !== 1) return null;
  return new Set(splitList(end.stdout).map((entry) => entry.slice(entry.indexOf("\n") + 1)));
}

async function stateOf(tree: string, path: string): Promise<"gone" | "empty" | "filled"> {
  const directory = Buffer.concat([Buffer.from(`${tree}/`), Buffer.from(path, "latin1")]);
  const found = await lstat(directory).catch(() => null);
  if (found === null) return "gone";
  if (!found.isDirectory()) return "filled";
  return (await readdir(directory)).length === 0 ? "empty" : "filled";
}
