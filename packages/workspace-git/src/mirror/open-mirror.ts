import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { removeTree } from "@agentbot/core/process";
import type { GitClient } from "../git/git-client.js";
import type { WorkspaceLayout } from "../workspace-layout.js";

/** One generation of a repository's mirror: a bare repository. */
export interface Mirror {
  readonly directory: string;
  readonly generation: number;
}

/** Options of {@link openMirror}. */
export interface OpenMirrorRequest {
  readonly git: GitClient;
  readonly layout: WorkspaceLayout;
  /** The directory with the mirror's generations. */
  readonly generations: string;
  /** The generation that proved damaged, or null. */
  readonly damaged: number | null;
  readonly signal: AbortSignal;
}

/**
 * Returns the newest generation of a mirror; called under its lock. A damaged one gets a new one beside it, since
 * running tasks may still borrow objects from the old.
 */
export async function openMirror(request: OpenMirrorRequest): Promise<Mirror> {
  const { generations, damaged } = request;
  await mkdir(generations, { recursive: true, mode: 0o700 });
  const newest = Math.max(0, ...(await readdir(generations)).map(Number).filter(Number.isSafeInteger));
  const isNew = newest === 0 || newest === damaged;
  const generation = isNew ? newest + 1 : newest;
  const directory = join(generations, `${generation}`);
  if (isNew) {
    await mkdir(directory, { mode: 0o700 });
    const words = ["init", "--quiet", "--bare", "--template=", directory];
    await request.git.run({
      action: "Making a mirror",
      arguments: words,
      gitDirectory: directory,
      signal: request.signal,
    });
  }
  await removeUnfinishedPacks(directory);
  if (generation > 1) await sweepGenerations(generations, generation, request.layout.threads);
  return { directory, generation };
}

/** A killed fetch leaves its partial download behind. */
async function removeUnfinishedPacks(directory: string): Promise<void> {
  const packs = join(directory, "objects", "pack");
  // A mirror whose creation was killed has no such directory; the next git command reports it.
  const names = await readdir(packs).catch(() => []);
  const unfinished = names.filter((name) => name.startsWith("tmp_"));
  await Promise.all(unfinished.map((name) => rm(join(packs, name), { force: true })));
}

/** Removes the replaced generations of a mirror from which no workspace borrows any more. */
async function sweepGenerations(generations: string, current: number, threads: string): Promise<void> {
  const replaced = (await readdir(generations)).filter((name) => Number(name) < current);
  if (replaced.length === 0) return;
  const borrowed = await borrowedPaths(threads);
  for (const name of replaced) {
    const directory = join(generations, name);
    if (!borrowed.some((path) => path.startsWith(`${directory}/`))) await removeTree(directory);
  }
}

/** Returns the object directories from which any thread's GIT_DIR borrows. */
async function borrowedPaths(threads: string): Promise<readonly string[]> {
  let roots = [threads];
  // Provider, tenant, repository, thread.
  for (let level = 0; level < 4; level += 1) {
    const below = roots.map(async (root) => (await readdir(root).catch(() => [])).map((name) => join(root, name)));
    roots = (await Promise.all(below)).flat();
  }
  const reads = roots.map((root) => readFile(join(root, "git/objects/info/alternates"), "utf8").catch(() => ""));
  return (await Promise.all(reads)).map((path) => path.trim()).filter((path) => path !== "");
}
