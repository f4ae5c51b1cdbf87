import { copyFile, readFile, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { AgentBotError, type CommitRequest, type CommitResult } from "@agentbot/core";
import { createSecretCheck } from "@agentbot/core/adapter";
import type { GitClient, GitCommand } from "../git/git-client.js";
import { isUnstorable } from "../git/git-failure.js";
import type { LfsServer } from "../lfs-server.js";
import type { ThreadLayout } from "../workspace-layout.js";
import { bundleCommit } from "./bundle.js";
import { tooLarge } from "./change-limits.js";
import { commitContents, stageLargeFiles } from "./large-files.js";
import { describeLeftOut } from "./left-out.js";
import { joinList, readFilters, type TreeReader } from "./list-candidates.js";
import { scanChanges, type TreeChanges } from "./scan-changes.js";

/** The dependencies of {@link commitWork}. */
export interface WorkContext {
  readonly git: GitClient;
  readonly place: ThreadLayout;
  readonly baseCommit: string;
  /** The full ref of the task's branch. */
  readonly ref: string;
  readonly author: { readonly name: string; readonly email: string };
  readonly maxBundleBytes: number;
  readonly maxChangedFiles: number;
  readonly maxChangeBytes: number;
  /** The Git LFS server of the repository; called for a change with large files. */
  readonly openLfsServer: () => LfsServer;
  readonly signal: AbortSignal;
}

/** Commits the agent's changes in the trusted GIT_DIR: nothing in the tree can choose what git runs or writes to. */
export async function commitWork(context: WorkContext, request: CommitRequest): Promise<CommitResult> {
  const { git, place, baseCommit, author, signal } = context;
  const { gitDirectory, tree } = place;
  const indexFile = join(gitDirectory, "commit-index");
  // A copy each time: a second commit starts from the base again and gets the same id.
  await copyIndex(join(gitDirectory, "index"), indexFile);
  const reader = { git, gitDirectory, indexFile, tree, signal };
  const limits = { maxFiles: context.maxChangedFiles, maxBytes: context.maxChangeBytes };
  const changes = await scanChanges(reader, limits);
  await refuseSecrets({ tree, written: changes.written, secrets: request.secrets ?? [], signal });
  const { plain, large, encrypted } = await sortByFilter(reader, changes.written);
  const unstorable = await stageChanges(reader, { ...changes, written: plain });
  const staged = large.length === 0 ? null : await stageLargeFiles(reader, large, context.openLfsServer());
  const treeId = await writeTree(reader);
  const leftOut = describeLeftOut({ ...changes.leftOut, unstorable, encrypted, ...staged?.leftOut }, staged?.answer);
  await rm(indexFile, { force: true });

  const command = { action: "Committing the agent's change", gitDirectory, signal };
  const baseTree = await git.run({ ...command, arguments: ["rev-parse", "--verify", `${baseCommit}^{tree}`] });
  if (baseTree.toString("utf8").trim() === treeId) return { status: "unchanged", leftOut };
  await checkModes({ git, gitDirectory, from: baseCommit, to: treeId, signal });
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
  const contents = staged?.contents ?? new Map<string, string>();
  const contentsCommit =
    contents.size === 0 ? null : await commitContents(reader, contents, identity(author, request.at));
  const { ref, maxBundleBytes: maxBytes } = context;
  const bundle = await bundleCommit({ git, gitDirectory, ref, commit, contentsCommit, baseCommit, maxBytes, signal });
  const description = [diffStat.toString("utf8").trimEnd(), ...(leftOut === null ? [] : [leftOut])].join("\n");
  return { status: "committed", commit, diffStat: description, bundle };
}

/** A change, and the secrets it must not hold. */
interface SecretSearch {
  readonly tree: string;
  /** New and modified regular files, by paths as bytes in Latin-1. */
  readonly written: readonly string[];
  readonly secrets: readonly string[];
  readonly signal: AbortSignal;
}

/**
 * Refuses a change that holds a secret of this process, which an agent may have found by chance or on request.
 *
 * @throws AgentBotError `CHANGE_HOLDS_SECRET`; the message names no file, since a name may hold the secret
 */
async function refuseSecrets({ tree, written, secrets, signal }: SecretSearch): Promise<void> {
  if (secrets.length === 0) return;
  const holdsSecret = createSecretCheck(secrets);
  for (const path of written) {
    const name = Buffer.from(path, "latin1");
    const content = await readFile(Buffer.concat([Buffer.from(`${tree}/`), name]), { signal });
    if (!holdsSecret(name) && !holdsSecret(content)) continue;
    throw new AgentBotError("CHANGE_HOLDS_SECRET", "The agent's change holds a secret of this process");
  }
}

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

async function writeTree({ git, gitDirectory, indexFile, signal }: TreeReader): Promise<string> {
  const command = { action: "Staging the agent's change", gitDirectory, indexFile, signal };
  return (await git.run({ ...command, arguments: ["write-tree"] })).toString("utf8").trim();
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

/** Two trees of one repository. */
interface TreePair {
  readonly git: GitClient;
  readonly gitDirectory: string;
  readonly from: string;
  readonly to: string;
  readonly signal: AbortSignal;
}

/**
 * Checks, as the last step before a commit, that only regular files were added or changed: this holds even if the tree
 * was written to while it was read.
 *
 * @throws AgentBotError `GIT_FAILED` (not retryable)
 */
async function checkModes({ git, gitDirectory, from, to, signal }: TreePair): Promise<void> {
  const action = "Checking the agent's change";
  const words = ["diff-tree", "-r", "-z", "--raw", "--no-renames", "--end-of-options", from, to];
  const output = await git.run({ action, arguments: words, gitDirectory, signal });
  const changes = output.toString("latin1").split("\0");
  const newModes = changes.filter((field) => field.startsWith(":")).map((field) => field.split(" ")[1]);
  const forbidden = newModes.filter((mode) => mode === "120000" || mode === "160000").length;
  if (forbidden === 0) return;
  const message = `The agent's tree changed while it was read: ${forbidden} symbolic links or submodules came up; try again`;
  throw new AgentBotError("GIT_FAILED", message, { isRetryable: false });
}
