import type { RepositoryCredential } from "../../ports/code-host.js";
import type { Workspace } from "../../ports/workspace-factory.js";
import type { Stage } from "../stage.js";
import type { Gathered } from "./gather-context.js";
import { rememberRepository } from "./resolve-repository.js";

/** A task with a work tree of its own. */
export interface Prepared extends Gathered {
  readonly workspace: Workspace;
  readonly credential: RepositoryCredential;
}

/** Gets a credential for this one repository and a clean work tree; both end with the run, whatever its end. */
export const prepareWorkspace: Stage<Gathered, Prepared> = {
  name: "prepare-workspace",
  run: async (gathered, context) => {
    const { deps, cleanup, signal } = context;
    const { task, codeHost, checkpoint, baseBranch } = gathered;
    const credential = await codeHost.credentials(gathered.repository, { signal });
    cleanup.push(() => credential.revoke());
    // It may have been renamed since it was named.
    const repository = { ...gathered.repository, path: credential.path };
    if (credential.path !== gathered.repository.path) await rememberRepository({ repository }, context);
    // The agent of a worker killed with SIGKILL may still run, and would write into the tree that is created now.
    await deps.endOrphans();
    const baseCommit = checkpoint?.baseCommit ?? null;
    const request = { taskId: task.id, threadId: task.threadId, repository, baseBranch, baseCommit, credential };
    const { workspace, dispose } = await deps.workspaces.prepare(request, { signal });
    cleanup.push(dispose);
    return { ...gathered, repository, workspace, credential };
  },
};
