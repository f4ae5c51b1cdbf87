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
  // ls-remote matches the end of names too, so another ref may be listed beside ours.
  const lines = output.toString("utf8").split("\n");
  const head = lines.map((line) => line.split("\t")).find(([, name]) => name === ref)?.[0];
  if (head === undefined) return false;
  if (head === commit) return true;
  const message = `${ref} of ${repositoryName} is at ${head}, not at ${commit}: delete or rename that branch, then retry`;
  throw new AgentBotError("BRANCH_CONFLICT", message);
}

async function push(publication: BranchPublication): Promise<void> {
  const { git, gitDirectory, remote, repositoryName, ref, commit, signal } = publication;
  const command = { action: `pushing to ${repositoryName}`, gitDirectory, signal };
  const outgoing = ref.replace("refs/heads/agentbot/", "refs/outgoing/");
  await git.run({ ...command, arguments: ["update-ref", "--end-of-options", outgoing, commit] });
  const words = ["push", "--quiet", "--no-verify", "--no-signed", "--no-follow-tags", "--recurse-submodules=no"];
  // The empty lease means "only if the branch is not there": without it git would fast-forward a stranger's branch.
  const lease = `--force-with-lease=${ref}:`;
  // A pattern names the target exactly; a full name alone git also matches to the end of another ref's name.
  const refspec = "refs/outgoing/*:refs/heads/agentbot/*";
  await git.run({ ...command, arguments: [...words, lease, "--end-of-options", remote.url, refspec], remote });
}
