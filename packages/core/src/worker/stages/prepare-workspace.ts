import { AgentBotError } from "../../errors/agentbot-error.js";
import type { RepositoryCredential } from "../../ports/code-host.js";
import type { Workspace } from "../../ports/workspace-factory.js";
import type { Stage } from "../stage.js";
import type { Gathered } from "./gather-context.js";
import { rememberRepository } from "./resolve-repository.js";

/** A task with a work tree of its own. */
export interface Prepared extends Gathered {
  readonly workspace: Workspace;
  readonly credential: RepositoryCredential;
  /** The one branch that the task may publish. */
  readonly branch: string;
}

/** Gets a credential for this one repository and a clean work tree; both end with the run, whatever its end. */
export const prepareWorkspace: Stage<Gathered, Prepared> = {
  name: "prepare-workspace",
  run: async (gathered, context) => {
    const { deps, cleanup, signal } = context;
    const { task, repository: named, codeHost, checkpoint, mayUseDefaultBranch } = gathered;
    const credential = await codeHost.credentials(named, { signal });
    cleanup.push(() => credential.revoke());
    context.secrets.addAuthorization(credential.authorization);
    // It and its default branch may have been renamed since they were named. A checkpoint keeps the branch that it builds on.
    const defaultBranch = (checkpoint === null ? credential.defaultBranch : null) ?? named.defaultBranch;
    const repository = { ...named, path: credential.path, defaultBranch };
    await rememberRepository({ repository }, context);
    // The agent of a worker killed with SIGKILL may still run, and would write into the tree that is created now.
    await deps.endOrphans();
    const baseCommit = checkpoint?.baseCommit ?? gathered.baseCommit;
    const branch = `${deps.settings.branchPrefix}${task.id}`;
    const request = { taskId: task.id, threadId: task.threadId, repository, branch, credential };
    const prepare = async (baseBranch: string, at = baseCommit): Promise<Prepared> => {
      const { workspace, dispose } = await deps.workspaces.prepare(
        { ...request, baseBranch, baseCommit: at },
        { signal },
      );
      cleanup.push(dispose);
      return { ...gathered, repository, baseBranch, workspace, credential, branch };
    };
    if (!mayUseDefaultBranch) {
      return await prepare(gathered.baseBranch).catch((error: unknown) => {
        if (checkpoint !== null || !isCommitMissing(error)) throw error;
        deps.logger.warn({ err: error }, "The commit of the request is gone; the newest of its branch is taken");
        return prepare(gathered.baseBranch, null);
      });
    }
    if (gathered.baseBranch === named.defaultBranch) return await prepare(defaultBranch);
    return await prepare(gathered.baseBranch).catch((error: unknown) => {
      if (!AgentBotError.hasCode(error, "BRANCH_MISSING")) throw error;
      return prepare(defaultBranch);
    });
  },
};

/** A commit that a forced push has replaced may be gone from the host. */
function isCommitMissing(error: unknown): boolean {
  if (!AgentBotError.isInstance(error)) return false;
  return error.code === "BRANCH_MISSING" || (error.code === "GIT_FAILED" && !error.isRetryable);
}
