import type { RepositoryCredential } from "../../ports/code-host.js";
import type { Workspace } from "../../ports/workspace-factory.js";
import type { Stage } from "../stage.js";
import type { Admitted } from "./admit.js";

/** A task with a work tree of its own. */
export interface Prepared extends Admitted {
  readonly workspace: Workspace;
  readonly credential: RepositoryCredential;
}

/** Gets a credential for this one repository and a clean work tree; both end with the run, whatever its end. */
export const prepareWorkspace: Stage<Admitted, Prepared> = {
  name: "prepare-workspace",
  run: async (admitted, { parts, codeHost, cleanup, signal }) => {
    const { task, checkpoint, baseBranch } = admitted;
    const credential = await codeHost.credentials(task.repository, signal);
    cleanup.push(() => credential.revoke());
    // The agent of a worker killed with SIGKILL may still run, and would write into the tree that is made now.
    await parts.endOrphans();
    const { workspace, dispose } = await parts.workspaces.prepare({
      taskId: task.id,
      installationId: task.installationId,
      threadId: task.threadId,
      repository: task.repository,
      baseBranch,
      baseCommit: checkpoint?.baseCommit ?? null,
      credential,
      signal,
    });
    cleanup.push(dispose);
    return { ...admitted, workspace, credential };
  },
};
