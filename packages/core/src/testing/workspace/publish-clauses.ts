import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CommitResult, Workspace, WorkspaceRequest } from "../../ports/workspace-factory.js";
import { newTaskId } from "../../task/task-id.js";
import type { ContractClause } from "../contract-cases.js";
import { rejectsWithCode } from "../rejects-with-code.js";
import { workspaceRequest } from "./workspace-request-fixture.js";
import type { RemoteRepository, WorkspaceSubject } from "./workspace-subject.js";

const at = new Date("2026-03-04T05:06:07Z");
const { signal } = new AbortController();
type Committed = Extract<CommitResult, { status: "committed" }>;

/** Changes one file and commits it. */
async function commitChange(workspace: Workspace, text = "changed\n"): Promise<Committed> {
  await writeFile(join(workspace.directory, "README.md"), text);
  const result = await workspace.commit({ message: "Change the readme", at }, { signal });
  assert.equal(result.status, "committed");
  return result;
}

async function withWork(
  { workspaces, remote }: WorkspaceSubject,
  work: (workspace: Workspace, request: WorkspaceRequest, branch: string) => Promise<void>,
): Promise<void> {
  await remote.commitFiles("main", { "README.md": "hello\n" });
  const taskId = newTaskId();
  const request = workspaceRequest(remote, { taskId, branch: `bots/of/us-${taskId}` });
  const { workspace, dispose } = await workspaces.prepare(request, { signal });
  try {
    await work(workspace, request, request.branch);
  } finally {
    await dispose();
  }
}

function publication(remote: RemoteRepository, branch: string, commit: string) {
  return { branch, commit, credential: remote.credential };
}

/** How a {@link Workspace} publishes and restores its commit. */
export const publishClauses: readonly ContractClause<WorkspaceSubject>[] = [
  {
    name: "a published commit is the branch's head, on top of the base, and the default branch stays",
    check: async (subject) => {
      const { remote } = subject;
      await withWork(subject, async (workspace, _request, branch) => {
        const { commit } = await commitChange(workspace);
        assert.equal(await remote.headOf(branch), null);
        await workspace.publish(publication(remote, branch, commit), { signal });
        assert.equal(await remote.headOf(branch), commit);
        assert.equal((await remote.filesOf(commit)).get("README.md")?.text, "changed\n");
        assert.equal(await remote.headOf("main"), workspace.baseCommit);
      });
    },
  },
  {
    name: "publishing again changes nothing",
    check: async (subject) => {
      await withWork(subject, async (workspace, _request, branch) => {
        const { commit } = await commitChange(workspace);
        await workspace.publish(publication(subject.remote, branch, commit), { signal });
        await workspace.publish(publication(subject.remote, branch, commit), { signal });
        assert.equal(await subject.remote.headOf(branch), commit);
      });
    },
  },
  {
    name: "a branch that is there with another commit is BRANCH_CONFLICT and stays as it is",
    check: async (subject) => {
      await withWork(subject, async (workspace, _request, branch) => {
        const theirs = await subject.remote.commitFiles(branch, { "theirs.txt": "theirs\n" });
        const { commit } = await commitChange(workspace);
        await rejectsWithCode(
          workspace.publish(publication(subject.remote, branch, commit), { signal }),
          "BRANCH_CONFLICT",
        );
        assert.equal(await subject.remote.headOf(branch), theirs);
      });
    },
  },
  {
    name: "a branch other than the task's own is GIT_NAME_INVALID",
    check: async (subject) => {
      await withWork(subject, async (workspace, request, branch) => {
        const { commit } = await commitChange(workspace);
        for (const wrong of [
          "main",
          `agentbot/${request.taskId}`,
          `refs/heads/${branch}`,
          `${branch}/x`,
          `+${branch}`,
          "--mirror",
        ]) {
          await rejectsWithCode(
            workspace.publish(publication(subject.remote, wrong, commit), { signal }),
            "GIT_NAME_INVALID",
          );
        }
        assert.equal(await subject.remote.headOf("main"), workspace.baseCommit);
      });
    },
  },
  {
    name: "a refused credential is GIT_AUTHENTICATION_FAILED and publishes nothing",
    check: async (subject) => {
      await withWork(subject, async (workspace, _request, branch) => {
        const { commit } = await commitChange(workspace);
        const { refusedCredential: credential } = subject.remote;
        const published = workspace.publish({ branch, commit, credential }, { signal });
        await rejectsWithCode(published, "GIT_AUTHENTICATION_FAILED");
        assert.equal(await subject.remote.headOf(branch), null);
      });
    },
  },
  {
    name: "a bundle brings the commit back into another workspace on the same base, even when the branch moved on",
    check: async (subject) => {
      const { workspaces, remote } = subject;
      let made: Committed | null = null;
      let request: WorkspaceRequest | null = null;
      await withWork(subject, async (workspace, first) => {
        made = await commitChange(workspace);
        request = { ...first, baseCommit: workspace.baseCommit };
      });
      await remote.commitFiles("main", { "later.txt": "later\n" });
      const [committed, again] = [made as Committed | null, request as WorkspaceRequest | null];
      assert.ok(committed && again);
      const { workspace, dispose } = await workspaces.prepare(again, { signal });
      try {
        assert.equal(workspace.baseCommit, again.baseCommit);
        await workspace.restore(committed.bundle, committed.commit, { signal });
        await workspace.publish(publication(remote, again.branch, committed.commit), { signal });
        assert.deepEqual([...(await remote.filesOf(committed.commit)).keys()], ["README.md"]);
      } finally {
        await dispose();
      }
    },
  },
  {
    name: "a bundle that is damaged or holds another commit is an error",
    check: async (subject) => {
      await withWork(subject, async (workspace) => {
        const { bundle, commit } = await commitChange(workspace);
        await rejectsWithCode(workspace.restore(bundle.slice(0, bundle.length / 2), commit, { signal }), "GIT_FAILED");
        await rejectsWithCode(workspace.restore(bundle, workspace.baseCommit, { signal }), "GIT_FAILED");
      });
    },
  },
];
