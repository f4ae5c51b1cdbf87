import { lstat, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { AgentHome } from "@agentbot/core";
import { removeTree } from "@agentbot/core/process";

/** The directories of a run, by the paths the agent sees. */
export interface ClaudeHome {
  readonly directory: string;
  /** Its `projects` holds the sessions, which are all that outlives a run. */
  readonly configDirectory: string;
  readonly temporaryDirectory: string;
}

const config = ".claude";
const sessions = "projects";
const temporary = "tmp";
const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Returns whether a text is a session id of the CLI, a UUID. It names a file, so no other text is stored or passed on. */
export function isSessionId(text: string): boolean {
  return uuidPattern.test(text);
}

/**
 * Prepares a home for a run, on the host. An earlier run could write here, and the CLI obeys what it finds: measured, a
 * hook planted in `settings.json` runs at the next start. So everything but the sessions is removed first.
 */
export async function prepareClaudeHome({ hostDirectory, directory }: AgentHome): Promise<ClaudeHome> {
  const configDirectory = join(hostDirectory, config);
  await removeTree(join(hostDirectory, ".claude.json"));
  await removeUnlessDirectory(configDirectory);
  await mkdir(configDirectory, { recursive: true, mode: 0o700 });
  for (const name of await readdir(configDirectory)) {
    const path = join(configDirectory, name);
    if (name === sessions) await removeUnlessDirectory(path);
    else await removeTree(path);
  }
  const temporaryDirectory = join(hostDirectory, temporary);
  await removeTree(temporaryDirectory);
  await mkdir(temporaryDirectory, { recursive: true, mode: 0o700 });
  return { directory, configDirectory: join(directory, config), temporaryDirectory: join(directory, temporary) };
}

/** Removes what served only one run. A failure is ignored: the run has its outcome, and the next one prepares again. */
export async function tidyClaudeHome({ hostDirectory }: AgentHome): Promise<void> {
  await removeTree(join(hostDirectory, temporary)).catch(() => {});
}

// A link in its place would lead this clean-up, or the next run, out of the home.
async function removeUnlessDirectory(path: string): Promise<void> {
  const found = await lstat(path).catch(() => null);
  if (found !== null && !found.isDirectory()) await removeTree(path);
}
