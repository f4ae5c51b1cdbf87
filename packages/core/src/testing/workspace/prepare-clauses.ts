import assert from "node:assert/strict";
import { access, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ContractClause } from "../contract-cases.js";
import { rejectsWithCode } from "../rejects-with-code.js";
import { workspaceRequest } from "./workspace-request-fixture.js";
import type { WorkspaceSubject } from "./workspace-subject.js";

const isThere = async (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** What a `WorkspaceFactory` promises about the tree it makes. */
export const prepareClauses: readonly ContractClause<WorkspaceSubject>[] = [
  {
    name: "the tree holds the files of the branch's newest commit",
    check: async ({ workspaces, remote }) => {
      await remote.commitFiles("main", { "README.md": "old\n" });
      const newest = await remote.commitFiles("main", {
        "README.md": "new\n",
        "bin/run": { mode: "100755", text: "#!/bin/sh\n" },
      });
      const { workspace, dispose } = await workspaces.prepare(workspaceRequest(remote));
      assert.equal(workspace.baseCommit, newest);
      assert.equal(await readFile(join(workspace.directory, "README.md"), "utf8"), "new\n");
      assert.ok(((await stat(join(workspace.directory, "bin/run"))).mode & 0o100) !== 0);
      await dispose();
    },
  },
  {
    name: "a newer commit is seen by the next task, and another branch by a task that asks for it",
    check: async ({ workspaces, remote }) => {
      const { installationId } = workspaceRequest(remote);
      for (const [branch, text] of [
        ["main", "one\n"],
        ["main", "two\n"],
        ["feature/three", "three\n"],
      ] as const) {
        const commit = await remote.commitFiles(branch, { "README.md": text });
        const request = workspaceRequest(remote, { installationId, baseBranch: branch });
        const { workspace, dispose } = await workspaces.prepare(request);
        assert.equal(workspace.baseCommit, commit);
        assert.equal(await readFile(join(workspace.directory, "README.md"), "utf8"), text);
        await dispose();
      }
    },
  },
  {
    name: "dispose removes the tree, twice without an error",
    check: async ({ workspaces, remote }) => {
      await remote.commitFiles("main", { "README.md": "hello\n" });
      const { workspace, dispose } = await workspaces.prepare(workspaceRequest(remote));
      await dispose();
      await dispose();
      assert.equal(await isThere(workspace.directory), false);
    },
  },
  {
    name: "the next task of a thread has a fresh tree in the same place, and the home of the one before",
    check: async ({ workspaces, remote }) => {
      await remote.commitFiles("main", { "README.md": "hello\n" });
      const first = workspaceRequest(remote);
      const one = await workspaces.prepare(first);
      await writeFile(join(one.workspace.directory, "left-over.txt"), "left over");
      await writeFile(join(one.workspace.homeDirectory, "session.json"), "{}");
      assert.equal((await stat(one.workspace.homeDirectory)).mode & 0o077, 0);
      await one.dispose();
      const { installationId, threadId } = first;
      const two = await workspaces.prepare(workspaceRequest(remote, { installationId, threadId }));
      assert.equal(two.workspace.directory, one.workspace.directory);
      assert.equal(await isThere(join(two.workspace.directory, "left-over.txt")), false);
      assert.equal(await readFile(join(two.workspace.homeDirectory, "session.json"), "utf8"), "{}");
      await two.dispose();
    },
  },
  {
    name: "threads and installations share neither tree nor home",
    check: async ({ workspaces, remote }) => {
      await remote.commitFiles("main", { "README.md": "hello\n" });
      const first = workspaceRequest(remote);
      const { installationId, threadId } = first;
      const requests = [first, workspaceRequest(remote, { installationId }), workspaceRequest(remote, { threadId })];
      const made = await Promise.all(requests.map((request) => workspaces.prepare(request)));
      const paths = made.flatMap(({ workspace }) => [workspace.directory, workspace.homeDirectory]);
      assert.equal(new Set(paths).size, 6);
      await Promise.all(made.map(({ dispose }) => dispose()));
    },
  },
  {
    name: "five tasks of one repository at once all get their tree",
    check: async ({ workspaces, remote }) => {
      const commit = await remote.commitFiles("main", { "README.md": "hello\n" });
      const { installationId } = workspaceRequest(remote);
      const requests = Array.from({ length: 5 }, () => workspaceRequest(remote, { installationId }));
      const made = await Promise.all(requests.map((request) => workspaces.prepare(request)));
      assert.deepEqual(new Set(made.map(({ workspace }) => workspace.baseCommit)), new Set([commit]));
      await Promise.all(made.map(({ dispose }) => dispose()));
    },
  },
  {
    name: "an empty repository, a missing branch and a missing commit are errors that no retry cures",
    check: async ({ workspaces, remote }) => {
      const isFinal = (error: unknown): boolean =>
        error instanceof Error && "isRetryable" in error && !error.isRetryable;
      await assert.rejects(workspaces.prepare(workspaceRequest(remote)), isFinal);
      await remote.commitFiles("main", { "README.md": "hello\n" });
      await assert.rejects(workspaces.prepare(workspaceRequest(remote, { baseBranch: "missing" })), isFinal);
      const baseCommit = "0123456789".repeat(4);
      await assert.rejects(workspaces.prepare(workspaceRequest(remote, { baseCommit })), isFinal);
    },
  },
  {
    name: "a refused credential is GIT_AUTHENTICATION_FAILED",
    check: async ({ workspaces, remote }) => {
      await remote.commitFiles("main", { "README.md": "hello\n" });
      const request = workspaceRequest(remote, { credential: remote.refusedCredential });
      await rejectsWithCode(workspaces.prepare(request), "GIT_AUTHENTICATION_FAILED");
    },
  },
  {
    name: "a name that could be read as a path or an option is GIT_NAME_INVALID",
    check: async ({ workspaces, remote }) => {
      const { repository } = remote;
      for (const name of ["..", "../x", ".git", "-x", "--upload-pack=x", "a\nb", "a\0b"]) {
        for (const changes of [{ taskId: name }, { threadId: name }, { installationId: name }, { baseBranch: name }]) {
          await rejectsWithCode(workspaces.prepare(workspaceRequest(remote, changes)), "GIT_NAME_INVALID");
        }
        const renamed = { ...repository, name };
        await rejectsWithCode(
          workspaces.prepare(workspaceRequest(remote, { repository: renamed })),
          "GIT_NAME_INVALID",
        );
      }
    },
  },
  {
    name: "an aborted request gives no workspace",
    check: async ({ workspaces, remote }) => {
      await remote.commitFiles("main", { "README.md": "hello\n" });
      await assert.rejects(workspaces.prepare(workspaceRequest(remote, { signal: AbortSignal.abort() })));
    },
  },
];
