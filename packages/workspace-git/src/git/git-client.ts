import { AgentBotError } from "@agentbot/core";
import { type GitSurroundings, gitEnvironment } from "./git-environment.js";
import { gitFailure } from "./git-failure.js";
import { type GitEnd, runGit } from "./run-git.js";

/** A repository on a git server, with the credential to use it. */
export interface GitRemote {
  readonly url: string;
  /** The value of the `Authorization` header; it reaches git through its environment alone. */
  readonly authorization: string;
}

/** One git command. */
export interface GitCommand {
  /** Its purpose, as the subject of an error message: `Fetching octocat/hello`. */
  readonly action: string;
  readonly arguments: readonly string[];
  /** Always set: git never searches for a repository. */
  readonly gitDirectory: string;
  /** The agent's tree, for the commands that read or write it. */
  readonly workTree?: string;
  readonly indexFile?: string;
  /** For the commands that use the network. */
  readonly remote?: GitRemote;
  /** Author and committer, for `commit-tree`. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly input?: string | Uint8Array;
  /** @defaultValue 64 MiB */
  readonly maxOutputBytes?: number;
  readonly signal: AbortSignal;
}

/** Runs git commands under one policy. */
export interface GitClient {
  /** Returns the standard output. Throws AgentBotError `GIT_FAILED` or `GIT_AUTHENTICATION_FAILED` when git fails. */
  run(command: GitCommand): Promise<Buffer>;
  /** Returns how git ended, for commands whose failure is an answer. Throws for timeouts, aborts and failed starts. */
  attempt(command: GitCommand): Promise<GitEnd>;
}

/** Options of {@link createGitClient}. */
export interface GitClientOptions extends GitSurroundings {
  readonly program: string;
  /** Maximum duration of a single command, in milliseconds. */
  readonly timeoutMs: number;
}

/** Runs each command with the surroundings, the time limit and the credential of the options. */
export function createGitClient(options: GitClientOptions): GitClient {
  const attempt = async (command: GitCommand): Promise<GitEnd> => {
    const end = await runGit({
      program: options.program,
      arguments: command.arguments,
      directory: command.workTree ?? options.homeDirectory,
      environment: environmentOf(command, options),
      input: command.input ?? "",
      maxOutputBytes: command.maxOutputBytes ?? 64 * 1024 * 1024,
      timeoutMs: options.timeoutMs,
      signal: command.signal,
    });
    if (end.stopped === "timeout") throw gitFailure(command.action, end, command.remote?.authorization ?? null);
    return end;
  };
  return {
    attempt,
    async run(command) {
      const end = await attempt(command);
      if (end.exitCode === 0 && end.stopped === null) return end.stdout;
      throw gitFailure(command.action, end, command.remote?.authorization ?? null);
    },
  };
}

function environmentOf(command: GitCommand, options: GitClientOptions): Record<string, string> {
  const { remote } = command;
  // Scoped to the repository's own URL: git sends it nowhere else.
  const header = remote ? [[`http.${remote.url}.extraHeader`, `Authorization: ${remote.authorization}`] as const] : [];
  return {
    ...gitEnvironment(options, header),
    ...command.environment,
    GIT_DIR: command.gitDirectory,
    ...(command.workTree === undefined ? {} : { GIT_WORK_TREE: command.workTree }),
    ...(command.indexFile === undefined ? {} : { GIT_INDEX_FILE: command.indexFile }),
  };
}

/** The first version that reads configuration from its environment (git 2.31 release notes, `GIT_CONFIG_COUNT`). */
const oldestGitVersion: readonly [major: number, minor: number] = [2, 31];

/**
 * Refuses a version of git that would silently ignore the safe configuration and the credential.
 *
 * @throws AgentBotError `CONFIGURATION_INVALID`
 */
export async function checkGitVersion(git: GitClient, directory: string, signal: AbortSignal): Promise<void> {
  const command = { action: "Reading the version of git", arguments: ["version"], gitDirectory: directory, signal };
  const answer = (await git.run(command)).toString("utf8").trim();
  const [, major, minor] = /(\d+)\.(\d+)/.exec(answer) ?? [];
  const found = [Number(major), Number(minor)] as const;
  const isNewEnough =
    found[0] > oldestGitVersion[0] || (found[0] === oldestGitVersion[0] && found[1] >= oldestGitVersion[1]);
  if (isNewEnough) return;
  const needed = oldestGitVersion.join(".");
  throw new AgentBotError("CONFIGURATION_INVALID", `Git ${needed} or newer is needed, found '${answer}': update git`);
}
