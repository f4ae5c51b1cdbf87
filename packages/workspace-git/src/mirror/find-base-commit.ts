import { AgentBotError, type Logger } from "@agentbot/core";
import type { GitClient } from "../git/git-client.js";
import type { CheckedRequest } from "../names/check-request.js";

/** Options of {@link findBaseCommit}. */
export interface CommitSearch {
  readonly git: GitClient;
  /** The directory of the mirror. */
  readonly mirror: string;
  readonly request: CheckedRequest;
  readonly logger: Logger | undefined;
  readonly signal: AbortSignal;
}

/**
 * Returns the commit a task builds on, present in the mirror: the requested one, which is fetched only if it is not there
 * yet, or the newest of the branch.
 *
 * @throws AgentBotError `GIT_FAILED` (not retryable) for an empty repository, a missing branch or a missing commit.
 */
export async function findBaseCommit(search: CommitSearch): Promise<string> {
  const { git, mirror, request, signal } = search;
  const { baseCommit, baseBranch, repositoryPath } = request;
  const resolve = async (revision: string): Promise<string | null> => {
    const words = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`];
    const end = await git.attempt({ action: "Reading the mirror", arguments: words, gitDirectory: mirror, signal });
    return end.exitCode === 0 ? end.stdout.toString("utf8").trim() : null;
  };

  const known = baseCommit === null ? null : await resolve(baseCommit);
  if (known !== null) return known;
  await fetchBranches(search);
  const found = await resolve(baseCommit ?? `refs/remotes/origin/${baseBranch}`);
  if (found !== null) return found;
  if (baseCommit !== null) return await fetchCommit(search, baseCommit);

  const words = ["for-each-ref", "--count=1", "refs/remotes/origin/"];
  const branches = await git.run({ action: "Reading the mirror", arguments: words, gitDirectory: mirror, signal });
  const [kind, message] =
    branches.length === 0
      ? ["repository_empty", `The repository ${repositoryPath} has no commits: push a first commit to ${baseBranch}`]
      : ["branch_missing", `The repository ${repositoryPath} has no branch ${baseBranch}: check the branch's name`];
  throw new AgentBotError("GIT_FAILED", message, { isRetryable: false, details: { kind } });
}

const fetchWords = [
  "fetch",
  "--quiet",
  "--no-tags",
  "--no-recurse-submodules",
  "--no-write-fetch-head",
  "--no-auto-maintenance",
];

async function fetchBranches({ git, mirror, request, logger, signal }: CommitSearch): Promise<void> {
  const { remote, repositoryPath } = request;
  const refspec = "+refs/heads/*:refs/remotes/origin/*";
  await git.run({
    action: `Fetching ${repositoryPath}`,
    arguments: [...fetchWords, "--prune", "--end-of-options", remote.url, refspec],
    gitDirectory: mirror,
    remote,
    signal,
  });
  const action = "Compacting a mirror";
  const end = await git.attempt({ action, arguments: ["gc", "--auto", "--quiet"], gitDirectory: mirror, signal });
  if (end.exitCode === 0) return;
  logger?.warn({ repository: repositoryPath, stderr: end.stderr }, "A mirror could not be compacted");
}

/** Fetches a commit that no branch leads to any more; code hosts serve it by its id. */
async function fetchCommit({ git, mirror, request, signal }: CommitSearch, commit: string): Promise<string> {
  const { remote, repositoryPath } = request;
  await git.run({
    action: `Fetching commit ${commit} of ${repositoryPath}`,
    arguments: [...fetchWords, "--end-of-options", remote.url, commit],
    gitDirectory: mirror,
    remote,
    signal,
  });
  return commit;
}
