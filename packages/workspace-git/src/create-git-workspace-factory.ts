import { mkdir } from "node:fs/promises";
import { AgentBotError, type DisposableWorkspace, type Workspace, type WorkspaceFactory } from "@agentbot/core";
import { createCleanupStack, parseOptions } from "@agentbot/core/adapter";
import { restoreBundle } from "./commit/bundle.js";
import { commitWork } from "./commit/commit-work.js";
import { createPathCheck } from "./commit/protected-paths.js";
import { checkGitVersion, createGitClient, type GitClient, type GitRemote } from "./git/git-client.js";
import { withDiskFailures } from "./git/git-failure.js";
import {
  type GitWorkspaceOptions,
  type GitWorkspaceSettings,
  gitWorkspaceOptionsSchema,
} from "./git-workspace-options.js";
import { createLfsServer, type LfsServer } from "./lfs-server.js";
import { type CheckedRequest, checkCommitId, checkRemote, checkRequest, nameError } from "./names.js";
import { publishBranch } from "./publish-branch.js";
import { acquireTicketLock, type TicketLock } from "./ticket-lock.js";
import { prepareTree } from "./tree/prepare-tree.js";
import { removeGoneTenants } from "./tree/remove-gone-tenants.js";
import { hasLargeFiles, removeLeftovers } from "./tree/thread-place.js";
import { layOutWorkspaces, type ThreadLayout } from "./workspace-layout.js";

/** Time after which a newer attempt takes the thread's place from an older one that is still alive. */
const takeOverAfterMs = 10_000;

const noteOfLargeFiles =
  "Some files are Git LFS pointers: a few lines that begin with `version https://git-lfs.github.com/spec/v1`, in place of a large file's content, which is not here. Leave a pointer as it is, or write the whole new content over it.";

/**
 * Work trees from git repositories over HTTPS: one mirror for each repository of a tenant, one tree for each thread's
 * current task. The agent's work is committed and pushed through a GIT_DIR that no agent can reach.
 *
 * @example
 * const workspaces = createGitWorkspaceFactory({ directory: "/var/lib/agentbot", hostEnvironment: process.env });
 * const { workspace, dispose } = await workspaces.prepare(request, { signal });
 *
 * @throws AgentBotError `CONFIGURATION_INVALID`; `prepare` throws `GIT_NAME_INVALID`, `REPOSITORY_EMPTY`,
 * `BRANCH_MISSING`, `PUSH_REFUSED`, `GIT_AUTHENTICATION_FAILED`, `GIT_FAILED` and `PROCESS_FAILED`.
 */
export function createGitWorkspaceFactory(options: GitWorkspaceOptions): WorkspaceFactory {
  const settings = parseOptions("createGitWorkspaceFactory", gitWorkspaceOptionsSchema, options);
  const { allowHttp, hostEnvironment, gitProgram, commandTimeoutMs, logger } = settings;
  const layout = layOutWorkspaces(settings.directory);
  const surroundings = { hostEnvironment, homeDirectory: layout.gitHome, allowHttp };
  const git = createGitClient({ ...surroundings, program: gitProgram, timeoutMs: commandTimeoutMs });
  let isGitChecked = false;

  const checkGit = async (signal: AbortSignal): Promise<void> => {
    await mkdir(layout.gitHome, { recursive: true, mode: 0o700 });
    if (!isGitChecked) await checkGitVersion(git, layout.gitHome, signal);
    isGitChecked = true;
  };

  const prepare = async (request: CheckedRequest, signal: AbortSignal): Promise<DisposableWorkspace> => {
    await checkGit(signal);
    const cacheDirectory = layout.cache(request.repository);
    await mkdir(cacheDirectory, { recursive: true, mode: 0o700 });
    const place = layout.thread(request.repository, request.threadId);
    const lock = await acquireTicketLock(place.lock, { signal, takeOverAfterMs });
    const cleanup = createCleanupStack();
    cleanup.push(() => lock.release());
    cleanup.push(async () => {
      if (await lock.isHeld()) await removeLeftovers(place);
    });
    try {
      const { historyDepth, author } = settings;
      const baseCommit = await prepareTree({ git, layout, place, historyDepth, author, logger }, request, signal);
      const notes = (await hasLargeFiles(git, place, signal)) ? [noteOfLargeFiles] : [];
      const workspace = openWorkspace({ settings, git, place, cacheDirectory, lock, request, baseCommit, notes });
      return { workspace, dispose: () => withDiskFailures("Removing a work tree", cleanup.run) };
    } catch (error) {
      await cleanup.run().catch((cause: unknown) => logger?.warn({ err: cause }, "A work tree could not be removed"));
      throw error;
    }
  };

  return {
    async check({ signal }) {
      try {
        await checkGit(signal);
        return [];
      } catch (error) {
        signal.throwIfAborted();
        const isPassing = AgentBotError.isInstance(error) && error.isRetryable;
        const message = error instanceof Error ? error.message : String(error);
        return [{ part: "git", severity: isPassing ? "warning" : "error", message }];
      }
    },
    async removeTenants(isGone, { signal }) {
      return await withDiskFailures("Removing tenants", () => removeGoneTenants(layout, isGone, signal));
    },
    async prepare(request, { signal }) {
      const checked = checkRequest(request, allowHttp);
      signal.throwIfAborted();
      return await withDiskFailures("Preparing a work tree", () => prepare(checked, signal));
    },
  };
}

/** A place whose tree is filled. */
interface PreparedPlace {
  readonly settings: GitWorkspaceSettings;
  readonly git: GitClient;
  readonly place: ThreadLayout;
  readonly cacheDirectory: string;
  readonly lock: TicketLock;
  readonly request: CheckedRequest;
  readonly baseCommit: string;
  readonly notes: readonly string[];
}

/** Returns the {@link Workspace} of a prepared place. */
function openWorkspace(prepared: PreparedPlace): Workspace {
  const { settings, git, place, cacheDirectory, lock, request, baseCommit, notes } = prepared;
  const { gitDirectory } = place;
  const { branch } = request;
  const ref = `refs/heads/${branch}`;

  const openLfsServer = (remote: GitRemote, signal: AbortSignal): LfsServer => {
    const { fetch = globalThis.fetch, allowHttp, commandTimeoutMs: timeoutMs } = settings;
    return createLfsServer({ fetch, remote, allowHttp, timeoutMs, signal });
  };

  const checkHeld = async (): Promise<void> => {
    if (await lock.isHeld()) return;
    const message = `The workspace of task ${request.taskId} was taken over by a newer attempt or removed`;
    throw new AgentBotError("GIT_FAILED", message, { isRetryable: false });
  };

  return {
    directory: place.tree,
    homeDirectory: place.home,
    gitDirectory,
    cacheDirectory,
    baseCommit,
    notes,
    async commit(commitRequest, { signal }) {
      await checkHeld();
      const { author, maxBundleBytes, maxChangedFiles: maxFiles, maxFileBytes, maxChangeBytes: maxBytes } = settings;
      const isProtected = createPathCheck(settings.protectedPaths);
      const policy = { isProtected, maxFiles, maxFileBytes, maxBytes };
      const lfs = { openLfsServer: () => openLfsServer(request.remote, signal) };
      const context = { git, place, baseCommit, ref, author, signal, maxBundleBytes, policy, ...lfs };
      return await withDiskFailures("Committing a change", () => commitWork(context, commitRequest));
    },
    async restore(bundle, commit, { signal }) {
      const checkedCommit = checkCommitId(commit);
      await checkHeld();
      const restored = { git, gitDirectory, bundle, commit: checkedCommit, baseCommit, signal };
      await withDiskFailures("Restoring a checkpoint", () => restoreBundle(restored));
    },
    async publish({ branch: wanted, commit, credential }, { signal }) {
      if (wanted !== branch) throw nameError("branch", wanted, `this task publishes ${branch} and nothing else`);
      const remote = checkRemote(credential, settings.allowHttp);
      const checkedCommit = checkCommitId(commit);
      await checkHeld();
      const { repositoryPath } = request;
      const lfs = { openLfsServer: () => openLfsServer(remote, signal) };
      await publishBranch({ git, gitDirectory, remote, repositoryPath, ref, commit: checkedCommit, signal, ...lfs });
    },
  };
}
