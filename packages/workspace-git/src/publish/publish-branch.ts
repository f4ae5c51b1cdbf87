import { AgentBotError } from "@agentbot/core";
import type { GitClient, GitRemote } from "../git/git-client.js";

/** What {@link publishBranch} makes true at the remote. */
export interface BranchPublication {
  readonly git: GitClient;
  readonly gitDirectory: string;
  readonly remote: GitRemote;
  /** For messages. */
  readonly repositoryName: string;
  /** The full ref. */
  readonly ref: string;
  readonly commit: string;
  readonly signal: AbortSignal;
}

/**
 * Makes a commit the head of a branch that nobody else uses. Looks before and, after a failure, behind: a push whose
 * answer was lost has succeeded.
 *
 * @throws AgentBotError `BRANCH_CONFLICT`, `GIT_AUTHENTICATION_FAILED` or `GIT_FAILED`.
 */
export async function publishBranch(publication: BranchPublication): Promise<void> {
  if (await isPublished(publication)) return;
  try {
    await push(publication);
  } catch (failure) {
    if (publication.signal.aborted || !AgentBotError.isInstance(failure)) throw failure;
    const isThere = await isPublished(publication).catch((error: unknown) => {
      throw AgentBotError.hasCode(error, "BRANCH_CONFLICT") ? error : failure;
    });
    if (!isThere) throw failure;
  }
}

/** Is the branch there with our commit? With another one it is not ours to move. */
async function isPublished(publication: BranchPublication): Promise<boolean> {
  const { git, gitDirectory, remote, repositoryName, ref, commit, signal } = publication;
  const output = await git.run({
    action: `looking for ${ref} in ${repositoryName}`,
    arguments: ["ls-remote", "--refs", "--quiet", "--end-of-options", remote.url, ref],
    gitDirectory,
    remote,
    signal,
  });
  const refs = output.toString("utf8").trim().split("\n").filter(Boolean);
  const heads = refs.map((line) => line.split("\t"));
  const head = heads.find(([, name]) => name === ref)?.[0];
  if (head === commit) return true;
  // Both ls-remote and push match the end of names: a push would move that other ref instead of making ours.
  const [other] = heads;
  if (other === undefined) return false;
  const [foundCommit, foundRef] = head === undefined ? other : [head, ref];
  const message = `${repositoryName} has ${foundRef} at ${foundCommit}, not at ${commit}: delete that branch, then retry`;
  throw new AgentBotError("BRANCH_CONFLICT", message);
}

async function push(publication: BranchPublication): Promise<void> {
  const { git, gitDirectory, remote, repositoryName, ref, commit, signal } = publication;
  const words = ["push", "--quiet", "--no-verify", "--no-signed", "--no-follow-tags", "--recurse-submodules=no"];
  await git.run({
    action: `pushing to ${repositoryName}`,
    // The empty lease means "only if the branch is not there": without it git would fast-forward a stranger's branch.
    arguments: [...words, `--force-with-lease=${ref}:`, "--end-of-options", remote.url, `${commit}:${ref}`],
    gitDirectory,
    remote,
    signal,
  });
}
