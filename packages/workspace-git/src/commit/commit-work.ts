import { copyFile, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { AgentBotError, type CommitRequest, type CommitResult } from "@agentbot/core";
import type { GitClient, GitCommand } from "../git/git-client.js";
import { isTimeout, isUnstorable } from "../git/git-failure.js";
import type { LfsServer } from "../lfs-server.js";
import type { ThreadLayout } from "../workspace-layout.js";
import { bundleCommit } from "./bundle.js";
import { commitContents, stageLargeFiles } from "./large-files.js";
import { describeExecutable, describeLeftOut, tooLarge } from "./left-out.js";
import { joinList, readFilters, type TreeReader } from "./list-candidates.js";
import { scanChanges, type TreeChanges } from "./scan-changes.js";
import { type OutputPolicy, writeJudgedTree } from "./staged-tree.js";

/** The dependencies of {@link commitWork}. */
export interface WorkContext {
  readonly git: GitClient;
  readonly place: ThreadLayout;
  readonly baseCommit: string;
  /** The full ref of the task's branch. */
  readonly ref: string;
  readonly author: { readonly name: string; readonly email: string };
  readonly maxBundleBytes: number;
  readonly policy: Omit<OutputPolicy, "secrets">;
  /** The Git LFS server of the repository; called for a change with large files. */
  readonly openLfsServer: () => LfsServer;
  readonly signal: AbortSignal;
}

/**
 * Commits the agent's changes in the trusted GIT_DIR: nothing in the tree can choose what git runs or writes to. A tree that
 * takes git too long is at fault itself, and is not read a second time.
 *
 * @throws AgentBotError `CHANGE_NOT_COMMITTED` for such a tree; else those of {@link scanChanges} and {@link writeJudgedTree}
 */
export async function commitWork(context: WorkContext, request: CommitRequest): Promise<CommitResult> {
  try {
    return await commitTree(context, request);
  } catch (cause) {
    if (!isTimeout(cause)) throw cause;
    throw new AgentBotError("CHANGE_NOT_COMMITTED", "Git took too long to read the agent's tree", { cause });
  }
}

async function commitTree(context: WorkContext, request: CommitRequest): Promise<CommitResult> {
  const { git, place, baseCommit, author, signal } = context;
  const { gitDirectory, tree } = place;
  const indexFile = join(gitDirectory, "commit-index");
  // A copy each time: a second commit starts from the base again and gets the same id.
  await copyIndex(join(gitDirectory, "index"), indexFile);
  const reader = { git, gitDirectory, indexFile, tree, signal };
  const changes = await scanChanges(reader, scanLimits);
  const { plain, large, encrypted } = await sortByFilter(reader, changes.written);
  const unstorable = await stageChanges(reader, { ...changes, written: plain });
  const staged = large.length === 0 ? null : await stageLargeFiles(reader, large, context.openLfsServer());
  const contents = staged?.contents ?? new Map<string, string>();
  const policy = { ...context.policy, secrets: request.secrets ?? [] };
  const { id: treeId, heldBack, executable } = await writeJudgedTree(reader, baseCommit, policy, contents.values());
  const kinds = [changes.leftOut, { unstorable, encrypted }, staged?.leftOut ?? {}, heldBack];
  const leftOut = describeLeftOut(kinds, staged?.answer);
  await rm(indexFile, { force: true });

  const command = { action: "Committing the agent's change", gitDirectory, signal };
  const baseTree = await git.run({ ...command, arguments: ["rev-parse", "--verify", `${baseCommit}^{tree}`] });
  if (baseTree.toString("utf8").trim() === treeId) return { status: "unchanged", leftOut };
  const committed = await git.run({
    ...command,
    arguments: ["commit-tree", treeId, "-p", baseCommit, "-F", "-"],
    environment: identity(author, request.at),
    // git refuses a message with a NUL, which an agent's text may hold.
    input: `${request.message.replaceAll("\0", "").trimEnd()}\n`,
  });
  const commit = committed.toString("utf8").trim();
  const words = ["diff-tree", "--stat=100", "--stat-count=50", "--no-color", "--end-of-options", baseCommit, commit];
  const diffStat = await git.run({ ...command, arguments: words });
  const contentsCommit =
    contents.size === 0 ? null : await commitContents(reader, contents, identity(author, request.at));
  const { ref, maxBundleBytes: maxBytes } = context;
  const bundle = await bundleCommit({ git, gitDirectory, ref, commit, contentsCommit, baseCommit, maxBytes, signal });
  const description = [diffStat.toString("utf8").trimEnd(), describeExecutable(executable), leftOut];
  return { status: "committed", commit, diffStat: description.filter(Boolean).join("\n"), leftOut, bundle };
}

/** Bounds of the work that reading a tree is, far above what is published. */
const scanLimits = { maxFiles: 10_000, maxBytes: 256 * 1024 * 1024 };

function identity(author: { readonly name: string; readonly email: string }, at: Date): Record<string, string> {
  const date = `@${Math.floor(at.getTime() / 1_000)} +0000`;
  return {
    GIT_AUTHOR_NAME: author.name,
    GIT_AUTHOR_EMAIL: author.email,
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: author.name,
    GIT_COMMITTER_EMAIL: author.email,
    GIT_COMMITTER_DATE: date,
  };
}

const nullId = "0".repeat(40);

const maxUnstorable = 50;

/**
 * Copies an index with its time. git takes a file for unchanged if size and times are those in the index, unless the
 * index is not older than the file ("racy git", Documentation/technical/racy-git): a copy that looks newer than it is
 * would hide an edit of the same length within the second of the checkout.
 */
async function copyIndex(from: string, to: string): Promise<void> {
  await copyFile(from, to);
  const { mtimeMs } = await stat(from);
  const seconds = Math.floor(mtimeMs / 1000);
  await utimes(to, seconds, seconds);
}

/** Files of a change by the filter that their attributes choose. */
interface FilteredFiles {
  /** Stored as they are. A filter that only tidies a file, e.g. a notebook, is not run. */
  readonly plain: readonly string[];
  /** Kept by Git LFS. */
  readonly large: readonly string[];
  /** A filter such as git-crypt would encrypt them: as they are they must not be published. */
  readonly encrypted: readonly string[];
}

async function sortByFilter(reader: TreeReader, written: readonly string[]): Promise<FilteredFiles> {
  const filters = await readFilters(reader, written);
  const kindOf = (path: string): keyof FilteredFiles => {
    const filter = filters.get(path) ?? "";
    return filter === "lfs" ? "large" : /crypt/i.test(filter) ? "encrypted" : "plain";
  };
  const of = (kind: keyof FilteredFiles) => written.filter((path) => kindOf(path) === kind);
  return { plain: of("plain"), large: of("large"), encrypted: of("encrypted") };
}

/** Applies the agent's changes to the private index and returns the files that git cannot store. */
async function stageChanges(reader: TreeReader, changes: TreeChanges): Promise<readonly string[]> {
  const { git, gitDirectory, indexFile, tree, signal } = reader;
  const command = { action: "Staging the agent's change", gitDirectory, indexFile, workTree: tree, signal };
  if (changes.removed.length > 0) {
    const input = joinList(changes.removed.map((path) => `0 ${nullId}\t${path}`));
    await git.run({ ...command, arguments: ["update-index", "-z", "--index-info"], input });
  }
  return await stageFiles(git, command, changes.written);
}

/**
 * Adds files to the index and returns those that git cannot store, e.g. one that is not in the encoding that its
 * attributes claim. git adds all files of a command or none, so the files are halved until the one at fault stands alone.
 *
 * @throws AgentBotError `CHANGE_TOO_LARGE` for too many such files: each costs some twenty commands
 */
async function stageFiles(
  git: GitClient,
  command: Omit<GitCommand, "arguments">,
  files: readonly string[],
): Promise<readonly string[]> {
  const unstorable: string[] = [];
  const waiting: (readonly string[])[] = [files];
  for (let some = waiting.pop(); some !== undefined; some = waiting.pop()) {
    if (some.length === 0) continue;
    try {
      const words = ["update-index", "-z", "--add", "--replace", "--stdin"];
      await git.run({ ...command, arguments: words, input: joinList(some) });
    } catch (error) {
      if (!isUnstorable(error)) throw error;
      const half = Math.ceil(some.length / 2);
      if (some.length > 1) waiting.push(some.slice(half), some.slice(0, half));
      else unstorable.push(...some);
      if (unstorable.length > maxUnstorable) throw tooLarge(`more than ${maxUnstorable} files that git cannot store`);
    }
  }
  return unstorable;
}
