import { type GitSurroundings, gitEnvironment } from "./git-environment.js";
import { gitFailure } from "./git-failure.js";
import { type GitEnd, runGit } from "./run-git.js";

/** A git server's repository and the right to use it. */
export interface GitRemote {
  readonly url: string;
  /** The value of the `Authorization` header; it reaches git through its environment alone. */
  readonly authorization: string;
}

/** One git command of ours. */
export interface GitCommand {
  /** What it is for, as the subject of an error message: `fetching octocat/hello`. */
  readonly action: string;
  readonly arguments: readonly string[];
  /** Always named: git never looks for a repository by itself. */
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
  /** The standard output. Throws AgentBotError `GIT_FAILED` or `GIT_AUTHENTICATION_FAILED` when git fails. */
  run(command: GitCommand): Promise<Buffer>;
  /** The same, where failing is an answer. Throws only for timeouts, aborts and programs that do not start. */
  attempt(command: GitCommand): Promise<GitEnd>;
}

/** What a {@link GitClient} is made of. */
export interface GitClientOptions extends GitSurroundings {
  readonly program: string;
  /** The longest a single command may take, in milliseconds. */
  readonly timeoutMs: number;
}

/** Makes a {@link GitClient}. */
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
  // Scoped to the repository's own URL, so that git sends it nowhere else.
  const header = remote ? [[`http.${remote.url}.extraHeader`, `Authorization: ${remote.authorization}`] as const] : [];
  return {
    ...gitEnvironment(options, header),
    ...command.environment,
    GIT_DIR: command.gitDirectory,
    ...(command.workTree === undefined ? {} : { GIT_WORK_TREE: command.workTree }),
    ...(command.indexFile === undefined ? {} : { GIT_INDEX_FILE: command.indexFile }),
  };
}
