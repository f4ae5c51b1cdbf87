import { AgentBotError, type Workspace } from "@agentbot/core";
import { taskBranch } from "@agentbot/core/adapter";
import { commitWork } from "./commit/commit-work.js";
import { withDiskFailures } from "./git/disk-failure.js";
import type { GitClient } from "./git/git-client.js";
import type { GitWorkspaceSettings } from "./git-workspace-options.js";
import type { TicketLock } from "./lock/ticket-lock.js";
import { type CheckedRequest, checkRemote } from "./names/check-request.js";
import { checkCommitId } from "./names/commit-id.js";
import { nameError } from "./names/name-error.js";
import { publishBranch } from "./publish/publish-branch.js";
import { restoreBundle } from "./publish/restore-bundle.js";
import type { ThreadLayout } from "./workspace-layout.js";

/** A prepared place, ready to be handed out. */
export interface PreparedPlace {
  readonly settings: GitWorkspaceSettings;
  readonly git: GitClient;
  readonly place: ThreadLayout;
  readonly lock: TicketLock;
  readonly request: CheckedRequest;
  readonly baseCommit: string;
}

/** The {@link Workspace} of a prepared place. */
export function openWorkspace({ settings, git, place, lock, request, baseCommit }: PreparedPlace): Workspace {
  const { gitDirectory } = place;
  const { repositoryName } = request;
  const branch = taskBranch(request.taskId);
  const ref = `refs/heads/${branch}`;

  const checkHeld = async (): Promise<void> => {
    if (await lock.isHeld()) return;
    const message = `the workspace of task ${request.taskId} was taken over by a newer attempt or removed`;
    throw new AgentBotError("GIT_FAILED", message, { isRetryable: false });
  };

  return {
    directory: place.tree,
    homeDirectory: place.home,
    baseCommit,
    async commit(commitRequest) {
      await checkHeld();
      const { author, maxBundleBytes, maxChangedFiles, maxChangeBytes } = settings;
      const limits = { maxBundleBytes, maxChangedFiles, maxChangeBytes };
      const context = { git, place, baseCommit, ref, author, ...limits };
      return await withDiskFailures("committing a change", () => commitWork(context, commitRequest));
    },
    async restore(bundle, commit, signal) {
      const checkedCommit = checkCommitId(commit);
      await checkHeld();
      const request = { git, gitDirectory, bundle, commit: checkedCommit, baseCommit, signal };
      await withDiskFailures("restoring a checkpoint", () => restoreBundle(request));
    },
    async publish({ branch: wanted, commit, credential, signal }) {
      if (wanted !== branch) throw nameError("branch", wanted, `this task publishes ${branch} and nothing else`);
      const remote = checkRemote(credential, settings.allowHttp);
      const checkedCommit = checkCommitId(commit);
      await checkHeld();
      await publishBranch({ git, gitDirectory, remote, repositoryName, ref, commit: checkedCommit, signal });
    },
  };
}
