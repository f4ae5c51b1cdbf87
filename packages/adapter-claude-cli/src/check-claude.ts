import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { basename } from "node:path";
import type { AgentRunContext, SetupProblem } from "@agentbot/core";
import { hasCredential } from "./claude-command.js";
import type { ClaudeRunnerSettings } from "./claude-runner-options.js";

/** The oldest version that is tested. */
const oldestVersion: readonly [number, number, number] = [2, 0, 76];
/** Maximum duration of `claude --version`, in milliseconds. */
const versionTimeoutMs = 4000;
const defaultBaseUrl = "https://api.anthropic.com";

const error = (message: string): SetupProblem => ({ part: "claude", severity: "error", message });
const warning = (message: string): SetupProblem => ({ part: "claude", severity: "warning", message });

/** How to mend a program that cannot be started. */
export function programRemedy({ program }: Pick<ClaudeRunnerSettings, "program">): string {
  return `Install Claude Code, or set its path: the option 'program' of createClaudeRunner, CLAUDE_BIN of the server (now '${program}').`;
}

/**
 * Starts `claude --version`, and has the Messages API look at the key. Neither costs anything. A program that is given by its
 * path may be a wrapper, which would take the start for a job: the check is then that it can be started.
 */
export async function checkClaude(
  settings: ClaudeRunnerSettings,
  context: Pick<AgentRunContext, "signal" | "launch">,
): Promise<readonly SetupProblem[]> {
  const { program } = settings;
  const isPath = basename(program) !== program;
  const checkingProgram = isPath ? checkExecutable(settings) : checkVersion(settings, context);
  const found = await Promise.all([checkingProgram, checkCredential(settings, context.signal)]);
  return found.filter((problem) => problem !== null);
}

async function checkExecutable(settings: ClaudeRunnerSettings): Promise<SetupProblem | null> {
  try {
    await access(settings.program, constants.X_OK);
    return null;
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown";
    return error(`${settings.program} can't be started (${code}). ${programRemedy(settings)}`);
  }
}

async function checkVersion(
  settings: ClaudeRunnerSettings,
  { signal, launch }: Pick<AgentRunContext, "signal" | "launch">,
): Promise<SetupProblem | null> {
  const lines: string[] = [];
  const { end, exitCode, startError } = await launch({
    program: settings.program,
    arguments: [...settings.programArguments, "--version"],
    environment: settings.environment,
    signal,
    timeoutMs: versionTimeoutMs,
    killGraceMs: 500,
    onLine: (line) => void lines.push(line),
  });
  if (end === "not-started") {
    return error(`${startError?.message ?? "The program can't be started"}. ${programRemedy(settings)}`);
  }
  const [, ...found] = /^(\d+)\.(\d+)\.(\d+)/.exec(lines[0] ?? "") ?? [];
  if (end !== "exited" || exitCode !== 0 || found.length === 0) {
    const way = end === "exited" ? `ended with code ${exitCode}` : `did not end (${end})`;
    return warning(`'${settings.program} --version' ${way} and gave no version: check that it is Claude Code.`);
  }
  if (!isOlder(found.map(Number), oldestVersion)) return null;
  const oldest = oldestVersion.join(".");
  return warning(`Claude Code ${found.join(".")} is older than ${oldest}, the oldest tested version: update it.`);
}

function isOlder(version: readonly number[], than: readonly number[]): boolean {
  const at = than.findIndex((part, index) => part !== version[index]);
  return at !== -1 && (version[at] ?? 0) < (than[at] ?? 0);
}

/** A credential that is sent to the API itself; null for one of a cloud, or of the CLI's own login. */
function keyHeaders({ apiKey, environment }: ClaudeRunnerSettings): Readonly<Record<string, string>> | null {
  const key = apiKey ?? environment["ANTHROPIC_API_KEY"];
  if (key) return { "x-api-key": key };
  const token = environment["ANTHROPIC_AUTH_TOKEN"];
  return token ? { authorization: `Bearer ${token}` } : null;
}

async function checkCredential(settings: ClaudeRunnerSettings, signal: AbortSignal): Promise<SetupProblem | null> {
  if (!hasCredential(settings)) {
    return warning(
      "The agent has no key, so its tasks fail: set the option 'apiKey' of createClaudeRunner (ANTHROPIC_API_KEY of the server).",
    );
  }
  const credential = keyHeaders(settings);
  if (credential === null) return null;
  const baseUrl = settings.baseUrl ?? settings.environment["ANTHROPIC_BASE_URL"] ?? defaultBaseUrl;
  const url = `${baseUrl.replace(/\/+$/, "")}/v1/models?limit=1`;
  const headers = { ...credential, "anthropic-version": "2023-06-01" };
  // The words of `fetch` would quote the key, or the password of the address.
  if (!isSendable(url, headers)) {
    return warning(
      "The agent's key or base URL can't be sent: the key is one line without special characters, the base URL an http(s) address without user name and password.",
    );
  }
  try {
    // A redirect is not followed: the key would go along.
    const send = settings.fetch ?? globalThis.fetch;
    const response = await send(url, { headers, signal, redirect: "manual" });
    await response.body?.cancel();
    if (response.status !== 401) return null;
    // No error: a key that was revoked must not keep webhooks from being recorded.
    return warning(
      `The Messages API at ${new URL(url).host} refuses the agent's key (401), so its tasks fail: set a valid one.`,
    );
  } catch (cause) {
    signal.throwIfAborted();
    const why = cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : String(cause);
    return warning(
      `The Messages API at ${new URL(url).host} cannot be reached (${why}): check the network and the agent's base URL.`,
    );
  }
}

function isSendable(url: string, headers: Readonly<Record<string, string>>): boolean {
  try {
    return /^https?:/.test(new Request(url, { headers }).url);
  } catch {
    return false;
  }
}
