import { AgentBotError, type Logger } from "@agentbot/core";
import type { GitClient } from "../git/git-client.js";
import type { CheckedRequest } from "../names/check-request.js";

/**
 * The commit a task builds on, present in the mirror: the wanted one, which is fetched only if it is not there yet,
 * or the newest of the branch.
 *
 * @throws AgentBotError `GIT_FAILED` (not retryable) for an empty repository, a branch or a commit that is not there.
 */
export async function findBaseCommit(
  git: GitClient,
  mirror: string,
  request: CheckedRequest,
  logger: Logger | undefined,
): Promise<string> {
  const { baseCommit, baseBranch, repositoryName, signal } = request;
  const resolve = async (revision: string): Promise<string | null> => {
    const words = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`];
    const end = await git.attempt({ action: "reading the mirror", arguments: words, gitDirectory: mirror, signal });
    return end.exitCode === 0 ? end.stdout.toString("utf8").trim() : null;
  };

  const known = baseCommit === null ? null : await resolve(baseCommit);
  if (known !== null) return known;
  await fetchBranches(git, mirror, request, logger);
  const found = await resolve(baseCommit ?? `refs/remotes/origin/${baseBranch}`);
  if (found !== null) return found;
  if (baseCommit !== null) return await fetchCommit(git, mirror, request, baseCommit);

  const words = ["for-each-ref", "--count=1", "refs/remotes/origin/"];
  const branches = await git.run({
    action: "reading the mirror",
    arguments: words,
    gitDirectory: mirror,
    signal,
  });
  const [kind, message] =
    branches.length === 0
      ? ["repository_empty", `${repositoryName} has no commits: push a first commit to ${baseBranch}`]
      : ["branch_missing", `${repositoryName} has no branch ${baseBranch}: check the branch's name`];
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

async function fetchBranches(
  git: GitClient,
  mirror: string,
  { remote, repositoryName, signal }: CheckedRequest,
  logger: Logger | undefined,
): Promise<void> {
  const refspec = "+refs/heads/*:refs/remotes/origin/*";
  await git.run({
    action: `fetching ${repositoryName}`,
    arguments: [...fetchWords, "--prune", "--end-of-options", remote.url, refspec],
    gitDirectory: mirror,
    remote,
    signal,
  });
  const action = "tidying a mirror";
  const end = await git.attempt({ action, arguments: ["gc", "--auto", "--quiet"], gitDirectory: mirror, signal });
  if (end.exitCode !== 0) logger?.warn({ repository: repositoryName, stderr: end.stderr }, "a mirror cannot be tidied");
}

/** A commit no branch leads to any more; code hosts serve it by its id. */
async function fetchCommit(
  git: GitClient,
  mirror: string,
  { remote, repositoryName, signal }: CheckedRequest,
  commit: string,
): Promise<string> {
  await git.run({
    action: `fetching commit ${commit} of ${repositoryName}`,
    arguments: [...fetchWords, "--end-of-options", remote.url, commit],
    gitDirectory: mirror,
    remote,
    signal,
  });
  return commit;
}
