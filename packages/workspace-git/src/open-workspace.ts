import { AgentBotError, type Workspace } from "@agentbot/core";
import { taskBranch } from "@agentbot/core/adapter";
import { restoreBundle } from "./commit/bundle.js";
import { commitWork } from "./commit/commit-work.js";
import type { GitClient } from "./git/git-client.js";
import { withDiskFailures } from "./git/git-failure.js";
import type { GitWorkspaceSettings } from "./git-workspace-options.js";
import { type CheckedRequest, checkRemote } from "./names/check-request.js";
import { checkCommitId, nameError } from "./names/names.js";
import { publishBranch } from "./publish-branch.js";
import type { TicketLock } from "./ticket-lock.js";
import type { ThreadLayout } from "./workspace-layout.js";

/** A place whose tree is filled. */
export interface PreparedPlace {
  readonly settings: GitWorkspaceSettings;
  readonly git: GitClient;
  readonly place: ThreadLayout;
  readonly cacheDirectory: string;
  readonly lock: TicketLock;
  readonly request: CheckedRequest;
  readonly baseCommit: string;
}

/** Returns the {@link Workspace} of a prepared place. */
export function openWorkspace(prepared: PreparedPlace): Workspace {
  const { settings, git, place, cacheDirectory, lock, request, baseCommit } = prepared;
  const { gitDirectory } = place;
  const branch = taskBranch(request.taskId);
  const ref = `refs/heads/${branch}`;

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
    async commit(commitRequest, { signal }) {
      await checkHeld();
      const { author, maxBundleBytes, maxChangedFiles, maxChangeBytes } = settings;
      const limits = { maxBundleBytes, maxChangedFiles, maxChangeBytes };
      const context = { git, place, baseCommit, ref, author, signal, ...limits };
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
      await publishBranch({ git, gitDirectory, remote, repositoryPath, ref, commit: checkedCommit, signal });
    },
  };
}
