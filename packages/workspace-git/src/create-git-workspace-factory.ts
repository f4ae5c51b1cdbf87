import { mkdir } from "node:fs/promises";
import type { DisposableWorkspace, WorkspaceFactory } from "@agentbot/core";
import { createCleanupStack, parseOptions } from "@agentbot/core/adapter";
import { checkGitVersion, createGitClient } from "./git/git-client.js";
import { withDiskFailures } from "./git/git-failure.js";
import { type GitWorkspaceOptions, gitWorkspaceOptionsSchema } from "./git-workspace-options.js";
import { type CheckedRequest, checkRequest } from "./names/check-request.js";
import { openWorkspace } from "./open-workspace.js";
import { prepareTree } from "./prepare-tree.js";
import { acquireTicketLock } from "./ticket-lock.js";
import { removeLeftovers } from "./tree/thread-place.js";
import { layOutWorkspaces } from "./workspace-layout.js";

/** Time after which a newer attempt takes the thread's place from an older one that is still alive. */
const takeOverAfterMs = 10_000;

/**
 * Work trees from git repositories over HTTPS: one mirror for each repository of a tenant, one tree for each thread's
 * current task. The agent's work is committed and pushed through a GIT_DIR that no agent can reach.
 *
 * @example
 * const workspaces = createGitWorkspaceFactory({ directory: "/var/lib/agentbot", hostEnvironment: process.env });
 * const { workspace, dispose } = await workspaces.prepare(request, { signal });
 *
 * @throws AgentBotError `CONFIGURATION_INVALID`; `prepare` throws `GIT_NAME_INVALID`, `GIT_AUTHENTICATION_FAILED`,
 * `GIT_FAILED` and `PROCESS_FAILED`.
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
      const workspace = openWorkspace({ settings, git, place, cacheDirectory, lock, request, baseCommit });
      return { workspace, dispose: () => withDiskFailures("Removing a work tree", cleanup.run) };
    } catch (error) {
      await cleanup.run().catch((cause: unknown) => logger?.warn({ err: cause }, "A work tree could not be removed"));
      throw error;
    }
  };

  return {
    async prepare(request, { signal }) {
      const checked = checkRequest(request, allowHttp);
      signal.throwIfAborted();
      return await withDiskFailures("Preparing a work tree", () => prepare(checked, signal));
    },
  };
}
