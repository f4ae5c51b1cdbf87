import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { AgentBotError, type Logger } from "@agentbot/core";
import { removeTree } from "@agentbot/core/process";
import type { GitClient } from "./git/git-client.js";
import type { CheckedRequest } from "./names.js";
import type { WorkspaceLayout } from "./workspace-layout.js";

/** One generation of a repository's mirror: a bare repository. */
export interface Mirror {
  readonly directory: string;
  readonly generation: number;
}

/** Options of {@link openMirror}. */
export interface OpenMirrorRequest {
  readonly git: GitClient;
  readonly layout: WorkspaceLayout;
  /** The directory with the mirror's generations. */
  readonly generations: string;
  /** The generation that proved damaged, or null. */
  readonly damaged: number | null;
  readonly signal: AbortSignal;
}

/**
 * Returns the newest generation of a mirror; called under its lock. A damaged one gets a new one beside it, since
 * running tasks may still borrow objects from the old.
 */
export async function openMirror(request: OpenMirrorRequest): Promise<Mirror> {
  const { generations, damaged } = request;
  await mkdir(generations, { recursive: true, mode: 0o700 });
  const newest = Math.max(0, ...(await readdir(generations)).map(Number).filter(Number.isSafeInteger));
  const isNew = newest === 0 || newest === damaged;
  const generation = isNew ? newest + 1 : newest;
  const directory = join(generations, `${generation}`);
  if (isNew) {
    await mkdir(directory, { mode: 0o700 });
    const words = ["init", "--quiet", "--bare", "--template=", directory];
    await request.git.run({
      action: "Making a mirror",
      arguments: words,
      gitDirectory: directory,
      signal: request.signal,
    });
  }
  await removeUnfinishedPacks(directory);
  if (generation > 1) await sweepGenerations(generations, generation, request.layout.threads);
  return { directory, generation };
}

/** A killed fetch leaves its partial download behind. */
async function removeUnfinishedPacks(directory: string): Promise<void> {
  const packs = join(directory, "objects", "pack");
  // A mirror whose creation was killed has no such directory; the next git command reports it.
  const names = await readdir(packs).catch(() => []);
  const unfinished = names.filter((name) => name.startsWith("tmp_"));
  await Promise.all(unfinished.map((name) => rm(join(packs, name), { force: true })));
}

/** Removes the replaced generations of a mirror from which no workspace borrows any more. */
async function sweepGenerations(generations: string, current: number, threads: string): Promise<void> {
  const replaced = (await readdir(generations)).filter((name) => Number(name) < current);
  if (replaced.length === 0) return;
  const borrowed = await borrowedPaths(threads);
  for (const name of replaced) {
    const directory = join(generations, name);
    if (!borrowed.some((path) => path.startsWith(`${directory}/`))) await removeTree(directory);
  }
}

/** Returns the object directories from which any thread's GIT_DIR borrows. */
async function borrowedPaths(threads: string): Promise<readonly string[]> {
  let roots = [threads];
  // Provider, tenant, repository, thread.
  for (let level = 0; level < 4; level += 1) {
    const below = roots.map(async (root) => (await readdir(root).catch(() => [])).map((name) => join(root, name)));
    roots = (await Promise.all(below)).flat();
  }
  const reads = roots.map((root) => readFile(join(root, "git/objects/info/alternates"), "utf8").catch(() => ""));
  return (await Promise.all(reads)).map((path) => path.trim()).filter((path) => path !== "");
}

/** Options of {@link findBaseCommit}. */
interface CommitSearch {
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
 * @throws AgentBotError `REPOSITORY_EMPTY`, `BRANCH_MISSING`, `PUSH_REFUSED` where the task's branch cannot exist, and
 * `GIT_FAILED` (not retryable) for a missing commit.
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
  if (baseCommit === null) await checkBranchFits(search);
  if (found !== null) return found;
  if (baseCommit !== null) return await fetchCommit(search, baseCommit);

  const words = ["for-each-ref", "--count=1", "refs/remotes/origin/"];
  const branches = await git.run({ action: "Reading the mirror", arguments: words, gitDirectory: mirror, signal });
  throw branches.length === 0
    ? new AgentBotError(
        "REPOSITORY_EMPTY",
        `The repository ${repositoryPath} has no commits: push a first commit to ${baseBranch}`,
      )
    : new AgentBotError(
        "BRANCH_MISSING",
        `The repository ${repositoryPath} has no branch ${baseBranch}: check the branch's name`,
      );
}

/**
 * Refuses a repository in which the task's branch cannot exist, before an agent is paid: git stores a branch as a file, and
 * below a file there is no other.
 */
async function checkBranchFits({ git, mirror, request, signal }: CommitSearch): Promise<void> {
  const parts = request.branch.split("/").slice(0, -1);
  for (const above of parts.map((_, last) => parts.slice(0, last + 1).join("/"))) {
    const words = ["rev-parse", "--verify", "--quiet", "--end-of-options", `refs/remotes/origin/${above}`];
    const end = await git.attempt({ action: "Reading the mirror", arguments: words, gitDirectory: mirror, signal });
    if (end.exitCode !== 0) continue;
    const answer = `it has a branch named ${above}, so that none can be made below it.`;
    const message = `The repository ${request.repositoryPath} cannot take the branch: ${answer}`;
    throw new AgentBotError("PUSH_REFUSED", message, { details: { answer } });
  }
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
