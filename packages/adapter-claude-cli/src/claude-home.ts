import { lstat, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { removeTree } from "@agentbot/core/process";

/** Where a run of the CLI keeps its things. */
export interface ClaudeHome {
  readonly directory: string;
  /** Sessions are in its `projects`; they are all that outlives a run. */
  readonly configDirectory: string;
  readonly temporaryDirectory: string;
}

const keptEntries: ReadonlySet<string> = new Set(["projects"]);

/**
 * Makes a job's home ready for a run. An earlier run could write here, and the CLI obeys what it finds: measured, a
 * hook planted in `settings.json` runs at the next start. So all but the sessions is removed first.
 */
export async function prepareClaudeHome(directory: string): Promise<ClaudeHome> {
  const configDirectory = join(directory, ".claude");
  const temporaryDirectory = join(directory, "tmp");
  await removeTree(join(directory, ".claude.json"));
  await removeUnlessDirectory(configDirectory);
  await mkdir(configDirectory, { recursive: true, mode: 0o700 });
  for (const name of await readdir(configDirectory)) {
    const path = join(configDirectory, name);
    if (keptEntries.has(name)) await removeUnlessDirectory(path);
    else await removeTree(path);
  }
  await removeTree(temporaryDirectory);
  await mkdir(temporaryDirectory, { recursive: true, mode: 0o700 });
  return { directory, configDirectory, temporaryDirectory };
}

/** Removes what only served one run. What resists stays for {@link prepareClaudeHome}: the run has its outcome. */
export async function tidyClaudeHome(home: ClaudeHome): Promise<void> {
  await removeTree(home.temporaryDirectory).catch(() => {});
}

// A link in its place would lead our own clean-up, or the next run, out of the home.
async function removeUnlessDirectory(path: string): Promise<void> {
  const found = await lstat(path).catch(() => null);
  if (found !== null && !found.isDirectory()) await removeTree(path);
}
