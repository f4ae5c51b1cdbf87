import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { GitClient } from "../git/git-client.js";
import type { WorkspaceLayout } from "../workspace-layout.js";
import { sweepGenerations } from "./sweep-generations.js";

/** One generation of a repository's mirror: a bare repository. */
export interface Mirror {
  readonly directory: string;
  readonly generation: number;
}

/** What {@link openMirror} needs. */
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
 * Gives the newest generation of a mirror, to be called under its lock. In place of a damaged one a new one is begun
 * beside it, since running tasks may still borrow objects of the old.
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
      action: "making a mirror",
      arguments: words,
      gitDirectory: directory,
      signal: request.signal,
    });
  }
  await removeUnfinishedPacks(directory);
  if (generation > 1) await sweepGenerations(generations, generation, request.layout.threads);
  return { directory, generation };
}

/** A fetch that was killed leaves its download behind, as large as it had become. */
async function removeUnfinishedPacks(directory: string): Promise<void> {
  const packs = join(directory, "objects", "pack");
  // A mirror killed while it was made has no such directory; git says so better than we can.
  const names = await readdir(packs).catch(() => []);
  const unfinished = names.filter((name) => name.startsWith("tmp_"));
  await Promise.all(unfinished.map((name) => rm(join(packs, name), { force: true })));
}
