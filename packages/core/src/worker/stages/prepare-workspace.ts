import type { RepositoryCredential } from "../../ports/code-host.js";
import type { Workspace } from "../../ports/workspace-factory.js";
import type { Stage } from "../stage.js";
import type { Gathered } from "./gather-context.js";

/** A task with a work tree of its own. */
export interface Prepared extends Gathered {
  readonly workspace: Workspace;
  readonly credential: RepositoryCredential;
}

/** Gets a credential for this one repository and a clean work tree; both end with the run, whatever its end. */
export const prepareWorkspace: Stage<Gathered, Prepared> = {
  name: "prepare-workspace",
  run: async (gathered, { deps, cleanup, signal }) => {
    const { task, repository, codeHost, checkpoint, baseBranch } = gathered;
    const credential = await codeHost.credentials(repository, { signal });
    cleanup.push(() => credential.revoke());
    // The agent of a worker killed with SIGKILL may still run, and would write into the tree that is created now.
    await deps.endOrphans();
    const baseCommit = checkpoint?.baseCommit ?? null;
    const request = { taskId: task.id, threadId: task.threadId, repository, baseBranch, baseCommit, credential };
    const { workspace, dispose } = await deps.workspaces.prepare(request, { signal });
    cleanup.push(dispose);
    return { ...gathered, workspace, credential };
  },
};
