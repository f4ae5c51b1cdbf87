import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createCleanupStack } from "@agentbot/core/adapter";
import { runProcess } from "@agentbot/core/process";
import { type FakeGitHub, startFakeGitHub } from "@agentbot/provider-github/testing";
import { createBareRepository, createGitHttpHandler } from "@agentbot/workspace-git/testing";
import { demoPayload, installationId } from "./demo-webhook.js";

/** Options of {@link startLocalGitHub}. */
export interface LocalGitHubOptions {
  /** The directory of the repositories. */
  readonly root: string;
  /** The files of the repository's first commit. */
  readonly files: Readonly<Record<string, string>>;
  /** The search path for `git`. */
  readonly searchPath: string;
  /** The numbers of more issues beside the recorded event's own. @defaultValue none */
  readonly issueNumbers?: readonly number[];
}

/** A GitHub on this machine with one repository. */
export interface LocalGitHub {
  readonly github: FakeGitHub;
  /** An account that may read the repository, and no more. */
  readonly reader: { readonly id: number; readonly login: string };
  /** The bare repository that the git server serves; a rename moves it. */
  readonly repositoryDirectory: string;
  /** The commit a branch points to, or null. */
  findBranch(branch: string): Promise<string | null>;
  /** Gives the repository another owner and name, at both servers. */
  rename(to: { readonly owner: string; readonly name: string }): void;
  /** Gives the default branch another name, at both servers. */
  renameDefaultBranch(to: string): void;
  /** Runs git on the bare repository; returns null if git failed. */
  git(...words: readonly string[]): Promise<string | null>;
  close(): Promise<void>;
}

const reader = { id: 583_232, login: "reader" };

/**
 * Starts a fake GitHub and a real git server on one port of the loopback, with the repository of GitHub's own
 * recorded `issue_comment` event, whose author may write to it.
 */
export async function startLocalGitHub(options: LocalGitHubOptions): Promise<LocalGitHub> {
  const { root, files, searchPath, issueNumbers = [] } = options;
  const { repository, comment, issue } = demoPayload("", new Date());
  const owner = repository.owner.login;
  const path = `${owner}/${repository.name}.git`;
  const created = await createBareRepository({ root, path, files, defaultBranch: repository.default_branch });
  let { directory } = created;
  const git = (...words: readonly string[]): Promise<string | null> => runGit(directory, words, searchPath);
  const findBranch = (branch: string): Promise<string | null> =>
    git("rev-parse", "--verify", "--quiet", `refs/heads/${branch}`);
  // The fake checks the token before it passes a git request on.
  const serveGit = createGitHttpHandler({ root, authorize: () => true });
  const cleanup = createCleanupStack();
  const github = await startFakeGitHub({
    app: { id: 12_345, slug: "agentbot" },
    users: [{ id: comment.user.id, login: comment.user.login }, reader],
    installations: [{ id: installationId }],
    repositories: [
      {
        id: repository.id,
        owner,
        name: repository.name,
        defaultBranch: repository.default_branch,
        collaborators: { [comment.user.login]: "admin", [reader.login]: "read" },
        issues: [issue.number, ...issueNumbers].map((number) => ({ number, title: issue.title })),
        findBranch,
      },
    ],
    gitHandler: async (request, response) => void (await serveGit(request, response)),
  });
  cleanup.push(() => github.close());
  return {
    github,
    reader,
    get repositoryDirectory() {
      return directory;
    },
    findBranch,
    rename(to) {
      const renamed = join(root, to.owner, `${to.name}.git`);
      mkdirSync(dirname(renamed), { recursive: true });
      renameSync(directory, renamed);
      directory = renamed;
      github.renameRepository(repository.id, to);
    },
    renameDefaultBranch(to) {
      renameSync(join(directory, "refs/heads", repository.default_branch), join(directory, "refs/heads", to));
      writeFileSync(join(directory, "HEAD"), `ref: refs/heads/${to}\n`);
      github.renameRepository(repository.id, { defaultBranch: to });
    },
    git,
    close: () => cleanup.run(),
  };
}

/** Runs git on a repository of the demo's own; returns its output, or null if git failed. */
async function runGit(directory: string, words: readonly string[], searchPath: string): Promise<string | null> {
  const lines: string[] = [];
  const { exitCode } = await runProcess({
    program: "git",
    arguments: words,
    directory,
    environment: { PATH: searchPath, GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null", HOME: directory },
    signal: AbortSignal.timeout(30_000),
    onLine: (line) => void lines.push(line),
  });
  return exitCode === 0 ? lines.join("\n") : null;
}
