import { AgentBotError } from "@agentbot/core";
import { contentsRefs } from "./commit/bundle.js";
import { uploadContents } from "./commit/large-files.js";
import { splitList } from "./commit/list-candidates.js";
import type { GitClient, GitRemote } from "./git/git-client.js";
import type { LfsServer } from "./lfs-server.js";

/** A branch at a remote and the commit it shall have. */
export interface BranchPublication {
  readonly git: GitClient;
  readonly gitDirectory: string;
  readonly remote: GitRemote;
  /** For messages. */
  readonly repositoryPath: string;
  /** The full ref. */
  readonly ref: string;
  readonly commit: string;
  /** The Git LFS server of the remote; called for a commit with large files. */
  readonly openLfsServer: () => LfsServer;
  readonly signal: AbortSignal;
}

/**
 * Makes a commit the head of a branch that only this task uses. Reads the branch before the push and again after a failed
 * one: a push whose answer was lost has succeeded.
 *
 * @throws AgentBotError `BRANCH_CONFLICT`, `PUSH_REFUSED`, `GIT_AUTHENTICATION_FAILED` or `GIT_FAILED`.
 */
export async function publishBranch(publication: BranchPublication): Promise<void> {
  if (await isPublished(publication)) return;
  await publishLargeFiles(publication);
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

/** Returns whether the branch has the commit; a branch with another one is a conflict. */
async function isPublished(publication: BranchPublication): Promise<boolean> {
  const { git, gitDirectory, remote, repositoryPath, ref, commit, signal } = publication;
  const output = await git.run({
    action: `Looking for ${ref} in ${repositoryPath}`,
    arguments: ["ls-remote", "--refs", "--quiet", "--end-of-options", remote.url, ref],
    gitDirectory,
    remote,
    signal,
  });
  const refs = output.toString("utf8").trim().split("\n").filter(Boolean);
  const heads = refs.map((line) => line.split("\t"));
  const head = heads.find(([, name]) => name === ref)?.[0];
  if (head === commit) return true;
  // Both ls-remote and push match the end of names: a push would move that other ref instead of making this one.
  const [other] = heads;
  if (other === undefined) return false;
  const [foundCommit, foundRef] = head === undefined ? other : [head, ref];
  const message = `The repository ${repositoryPath} has ${foundRef} at ${foundCommit}, not at ${commit}: delete that branch, then retry`;
  throw new AgentBotError("BRANCH_CONFLICT", message);
}

/** Uploads the contents of large files first: a host refuses a branch with pointers to nothing. */
async function publishLargeFiles({ openLfsServer, ...publication }: BranchPublication): Promise<void> {
  const { git, gitDirectory, commit, signal } = publication;
  const command = { action: "Looking for large files", gitDirectory, signal };
  const refs = ["for-each-ref", "--format=%(objectname)", `${contentsRefs}/${commit}`];
  const kept = (await git.run({ ...command, arguments: refs })).toString("utf8").trim();
  if (kept === "") return;
  const list = await git.run({ ...command, arguments: ["ls-tree", "-l", "-z", "--end-of-options", kept] });
  const contents = splitList(list).map((entry) => {
    const [, , blob = "", size = "", oid = ""] = entry.split(/[ \t]+/);
    return { oid, blob, size: Number(size) };
  });
  await uploadContents(publication, contents, openLfsServer());
}

async function push(publication: BranchPublication): Promise<void> {
  const { git, gitDirectory, remote, repositoryPath, ref, commit, signal } = publication;
  const words = ["push", "--quiet", "--no-verify", "--no-signed", "--no-follow-tags", "--recurse-submodules=no"];
  await git.run({
    action: `Pushing to ${repositoryPath}`,
    // The empty lease means "only if the branch does not exist": otherwise git would fast-forward a stranger's branch.
    arguments: [...words, `--force-with-lease=${ref}:`, "--end-of-options", remote.url, `${commit}:${ref}`],
    gitDirectory,
    remote,
    signal,
  });
}
