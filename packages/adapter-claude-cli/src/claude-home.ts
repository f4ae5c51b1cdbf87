import { randomUUID } from "node:crypto";
import type { Stats } from "node:fs";
import { lstat, mkdir, readdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { AgentHome } from "@agentbot/core";
import { removeTree } from "@agentbot/core/process";

/** The directories of a run, by the paths the agent sees. */
export interface ClaudeHome {
  readonly directory: string;
  readonly configDirectory: string;
  readonly temporaryDirectory: string;
  /** The file of the MCP servers, which its owner alone can read; null without servers. */
  readonly mcpConfigFile: string | null;
}

const config = ".claude";
const mcpConfig = "mcp-servers.json";
const sessions = "projects";
const temporary = "tmp";
const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Maximum size of a session that is kept, in bytes. A longer one could not be resumed within any model's context. */
const maxSessionBytes = 32 * 1024 * 1024;

/** Returns whether a text is a session id of the CLI, a UUID. It names a file, so no other text is stored or passed on. */
export function isSessionId(text: string): boolean {
  return uuidPattern.test(text);
}

/**
 * Prepares a home for a run, on the host. An earlier run could write here, and the CLI and shells obey what they find:
 * measured, a hook planted in `settings.json` runs at the next start. So everything but the session to resume is removed.
 */
export async function prepareClaudeHome(
  { hostDirectory, directory }: AgentHome,
  sessionId: string | null,
  mcpServers: object = {},
): Promise<ClaudeHome> {
  await keepSession(hostDirectory, sessionId);
  const configDirectory = join(hostDirectory, config);
  await mkdir(configDirectory, { recursive: true, mode: 0o700 });
  const temporaryDirectory = join(hostDirectory, temporary);
  await mkdir(temporaryDirectory, { recursive: true, mode: 0o700 });
  const hasServers = Object.keys(mcpServers).length > 0;
  if (hasServers) await writeFile(join(configDirectory, mcpConfig), JSON.stringify({ mcpServers }), { mode: 0o600 });
  return {
    directory,
    configDirectory: join(directory, config),
    temporaryDirectory: join(directory, temporary),
    mcpConfigFile: hasServers ? join(directory, config, mcpConfig) : null,
  };
}

/**
 * Removes everything that a run left but the file of its session. A failure is ignored: the run has its outcome, and the
 * next one prepares again.
 */
export async function tidyClaudeHome({ hostDirectory }: AgentHome, sessionId: string | null): Promise<void> {
  await keepSession(hostDirectory, sessionId).catch(() => {});
}

/** Reduces a home to `.claude/projects/<project>/<session>.jsonl`, a regular file that is not too large. */
async function keepSession(home: string, sessionId: string | null): Promise<void> {
  const file = sessionId !== null && isSessionId(sessionId) ? `${sessionId}.jsonl` : null;
  const isDirectory = (found: Stats): boolean => found.isDirectory();
  // A second name of the file could lie outside of the home.
  const isSession = (found: Stats): boolean => found.isFile() && found.nlink === 1 && found.size <= maxSessionBytes;
  await removeOthers(home, (name, found) => name === config && isDirectory(found));
  const projects = join(home, config, sessions);
  await removeOthers(join(home, config), (name, found) => file !== null && name === sessions && isDirectory(found));
  for (const project of await removeOthers(projects, (name, found) => isPlain(name) && isDirectory(found))) {
    const kept = await removeOthers(join(projects, project), (name, found) => name === file && isSession(found));
    if (kept.length === 0) await removeTree(join(projects, project));
  }
}

/** The CLI names a project by its path, in ASCII. */
function isPlain(name: string): boolean {
  return /^[\x20-\x7e]+$/.test(name);
}

/**
 * Removes the entries of a directory that are not kept, and returns the names of the others, as bytes in Latin-1: a name need
 * not be UTF-8. A link is an entry like any other, and never followed.
 */
async function removeOthers(
  directory: string,
  isKept: (name: string, found: Stats) => boolean,
): Promise<readonly string[]> {
  const kept: string[] = [];
  for (const bytes of await readdir(directory, { encoding: "buffer" }).catch(() => [])) {
    const path = Buffer.concat([Buffer.from(`${directory}/`), bytes]);
    const name = bytes.toString("latin1");
    const found = await lstat(path).catch(() => null);
    if (found === null) continue;
    if (isKept(name, found)) kept.push(name);
    else {
      const doomed = join(directory, `gone-${randomUUID()}`);
      await rename(path, doomed);
      await removeTree(doomed);
    }
  }
  return kept;
}
