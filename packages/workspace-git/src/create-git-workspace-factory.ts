import { mkdir } from "node:fs/promises";
import type { DisposableWorkspace, WorkspaceFactory } from "@agentbot/core";
import { createCleanupStack, parseOptions } from "@agentbot/core/adapter";
import { withDiskFailures } from "./git/disk-failure.js";
import { createGitClient } from "./git/git-client.js";
import { checkGitVersion } from "./git/git-version.js";
import { type GitWorkspaceOptions, gitWorkspaceOptionsSchema } from "./git-workspace-options.js";
import { acquireTicketLock } from "./lock/ticket-lock.js";
import { type CheckedRequest, checkRequest } from "./names/check-request.js";
import { openWorkspace } from "./open-workspace.js";
import { prepareTree } from "./prepare-tree.js";
import { removeLeftovers } from "./tree/clear-thread.js";
import { layOutWorkspaces } from "./workspace-layout.js";

/** A newer attempt waits so long for an older one that is alive to let go of the thread's place. */
const takeOverAfterMs = 10_000;

/**
 * Work trees from git repositories over HTTPS: one mirror for each repository of an installation, one tree for each
 * thread's current task. What an agent leaves is committed and pushed through a GIT_DIR no agent can reach.
 *
 * @example
 * const workspaces = createGitWorkspaceFactory({ directory: "/var/lib/agentbot", hostEnvironment: process.env });
 * const { workspace, dispose } = await workspaces.prepare(request);
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

  const getReady = async (signal: AbortSignal): Promise<void> => {
    await mkdir(layout.gitHome, { recursive: true, mode: 0o700 });
    if (!isGitChecked) await checkGitVersion(git, layout.gitHome, signal);
    isGitChecked = true;
  };

  const prepare = async (checked: CheckedRequest): Promise<DisposableWorkspace> => {
    const { signal } = checked;
    await getReady(signal);
    const place = layout.thread(checked.installationId, checked.threadId);
    const lock = await acquireTicketLock(place.lock, { signal, takeOverAfterMs });
    const cleanup = createCleanupStack();
    cleanup.push(() => lock.release());
    cleanup.push(async () => {
      if (await lock.isHeld()) await removeLeftovers(place);
    });
    try {
      const { historyDepth, author } = settings;
      const baseCommit = await prepareTree({ git, layout, place, historyDepth, author, logger }, checked);
      const workspace = openWorkspace({ settings, git, place, lock, request: checked, baseCommit });
      return { workspace, dispose: () => withDiskFailures("removing a work tree", cleanup.run) };
    } catch (error) {
      await cleanup.run().catch((cause: unknown) => logger?.warn({ err: cause }, "a work tree cannot be removed"));
      throw error;
    }
  };

  return {
    async prepare(request) {
      const checked = checkRequest(request, allowHttp);
      checked.signal.throwIfAborted();
      return await withDiskFailures("preparing a work tree", () => prepare(checked));
    },
  };
}
