import assert from "node:assert/strict";
import { access, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { WorkspaceRequest } from "../../ports/workspace-factory.js";
import { runProcess } from "../../process/run-process.js";
import type { ContractClause } from "../contract-cases.js";
import { freshId } from "../fresh-id.js";
import { rejectsWithCode } from "../rejects-with-code.js";
import { workspaceRequest } from "./workspace-request-fixture.js";
import type { WorkspaceSubject } from "./workspace-subject.js";

const { signal } = new AbortController();

const isThere = async (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

const isInside = (path: string, directory: string): boolean => `${path}/`.startsWith(`${directory}/`);

/** The work tree that a `WorkspaceFactory` prepares. */
export const prepareClauses: readonly ContractClause<WorkspaceSubject>[] = [
  {
    name: "its check, where it has one, finds nothing wrong with a factory that works",
    check: async ({ workspaces }) => {
      assert.deepEqual((await workspaces.check?.({ signal })) ?? [], []);
    },
  },
  {
    name: "the tree holds the files of the branch's newest commit",
    check: async ({ workspaces, remote }) => {
      await remote.commitFiles("main", { "README.md": "old\n" });
      const newest = await remote.commitFiles("main", {
        "README.md": "new\n",
        "bin/run": { mode: "100755", text: "#!/bin/sh\n" },
      });
      const { workspace, dispose } = await workspaces.prepare(workspaceRequest(remote), { signal });
      assert.equal(workspace.baseCommit, newest);
      assert.equal(await readFile(join(workspace.directory, "README.md"), "utf8"), "new\n");
      assert.ok(((await stat(join(workspace.directory, "bin/run"))).mode & 0o100) !== 0);
      await dispose();
    },
  },
  {
    name: "a newer commit is seen by the next task, and another branch by a task that asks for it",
    check: async ({ workspaces, remote }) => {
      for (const [branch, text] of [
        ["main", "one\n"],
        ["main", "two\n"],
        ["feature/three", "three\n"],
      ] as const) {
        const commit = await remote.commitFiles(branch, { "README.md": text });
        const request = workspaceRequest(remote, { baseBranch: branch });
        const { workspace, dispose } = await workspaces.prepare(request, { signal });
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
      const { workspace, dispose } = await workspaces.prepare(workspaceRequest(remote), { signal });
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
      const one = await workspaces.prepare(first, { signal });
      await writeFile(join(one.workspace.directory, "left-over.txt"), "left over");
      await writeFile(join(one.workspace.homeDirectory, "session.json"), "{}");
      assert.equal((await stat(one.workspace.homeDirectory)).mode & 0o077, 0);
      await one.dispose();
      const { threadId } = first;
      const two = await workspaces.prepare(workspaceRequest(remote, { threadId }), { signal });
      assert.equal(two.workspace.directory, one.workspace.directory);
      assert.equal(await isThere(join(two.workspace.directory, "left-over.txt")), false);
      assert.equal(await readFile(join(two.workspace.homeDirectory, "session.json"), "utf8"), "{}");
      await two.dispose();
    },
  },
  {
    name: "threads share neither tree nor home, nor do repositories of two tenants or two providers in one thread",
    check: async ({ workspaces, remote }) => {
      await remote.commitFiles("main", { "README.md": "hello\n" });
      const first = workspaceRequest(remote);
      const { threadId } = first;
      const requests = [
        first,
        workspaceRequest(remote),
        workspaceRequest(remote, { threadId, repository: { ...remote.repository, tenant: freshId("tenant") } }),
        workspaceRequest(remote, { threadId, repository: { ...remote.repository, provider: "elsewhere" } }),
      ];
      const made = await Promise.all(requests.map((request) => workspaces.prepare(request, { signal })));
      const paths = made.flatMap(({ workspace }) => [workspace.directory, workspace.homeDirectory]);
      assert.equal(new Set(paths).size, 8);
      await Promise.all(made.map(({ dispose }) => dispose()));
    },
  },
  {
    name: "the repository's path only names it: one with groups or another name has the same cache",
    check: async ({ workspaces, remote }) => {
      await remote.commitFiles("main", { "README.md": "hello\n" });
      const caches = new Set<string>();
      for (const path of [remote.repository.path, "group/subgroup/renamed", "a name/in words"]) {
        const repository = { ...remote.repository, path };
        const { workspace, dispose } = await workspaces.prepare(workspaceRequest(remote, { repository }), { signal });
        caches.add(workspace.cacheDirectory);
        await dispose();
      }
      assert.equal(caches.size, 1);
    },
  },
  {
    name: "the trusted git directory holds the base commit, outside of what the agent can write",
    check: async ({ workspaces, remote }) => {
      await remote.commitFiles("main", { "README.md": "hello\n" });
      const { workspace, dispose } = await workspaces.prepare(workspaceRequest(remote), { signal });
      const { gitDirectory, baseCommit, directory, homeDirectory, cacheDirectory } = workspace;
      const shown = await runProcess({
        program: "git",
        arguments: [`--git-dir=${gitDirectory}`, "cat-file", "-e", `${baseCommit}^{commit}`],
        directory: gitDirectory,
        environment: { PATH: "/usr/local/bin:/usr/bin:/bin" },
        signal,
      });
      assert.equal(shown.exitCode, 0, shown.stderrTail);
      for (const writable of [directory, homeDirectory]) {
        assert.ok(!isInside(gitDirectory, writable) && !isInside(cacheDirectory, writable));
      }
      await dispose();
    },
  },
  {
    name: "the cache is kept between tasks of a repository, and is another one for another repository or tenant",
    check: async ({ workspaces, remote }) => {
      await remote.commitFiles("main", { "README.md": "hello\n" });
      const one = await workspaces.prepare(workspaceRequest(remote), { signal });
      await writeFile(join(one.workspace.cacheDirectory, "index.bin"), "kept");
      await one.dispose();
      const two = await workspaces.prepare(workspaceRequest(remote), { signal });
      assert.equal(await readFile(join(two.workspace.cacheDirectory, "index.bin"), "utf8"), "kept");
      await two.dispose();
      for (const change of [{ tenant: freshId("tenant") }, { id: freshId("repository") }]) {
        const repository = { ...remote.repository, ...change };
        const { workspace, dispose } = await workspaces.prepare(workspaceRequest(remote, { repository }), { signal });
        assert.notEqual(workspace.cacheDirectory, two.workspace.cacheDirectory);
        await dispose();
      }
    },
  },
  {
    name: "five tasks of one repository at once all get their tree",
    check: async ({ workspaces, remote }) => {
      const commit = await remote.commitFiles("main", { "README.md": "hello\n" });
      const requests = Array.from({ length: 5 }, () => workspaceRequest(remote));
      const made = await Promise.all(requests.map((request) => workspaces.prepare(request, { signal })));
      assert.deepEqual(new Set(made.map(({ workspace }) => workspace.baseCommit)), new Set([commit]));
      await Promise.all(made.map(({ dispose }) => dispose()));
    },
  },
  {
    name: "an empty repository, a missing branch and a missing commit are errors that no retry cures",
    check: async ({ workspaces, remote }) => {
      const isFinal = (error: unknown): boolean =>
        error instanceof Error && "isRetryable" in error && !error.isRetryable;
      await assert.rejects(workspaces.prepare(workspaceRequest(remote), { signal }), isFinal);
      await remote.commitFiles("main", { "README.md": "hello\n" });
      await assert.rejects(
        workspaces.prepare(workspaceRequest(remote, { baseBranch: "missing" }), { signal }),
        isFinal,
      );
      const baseCommit = "0123456789".repeat(4);
      await assert.rejects(workspaces.prepare(workspaceRequest(remote, { baseCommit }), { signal }), isFinal);
    },
  },
  {
    name: "a refused credential is GIT_AUTHENTICATION_FAILED",
    check: async ({ workspaces, remote }) => {
      await remote.commitFiles("main", { "README.md": "hello\n" });
      const request = workspaceRequest(remote, { credential: remote.refusedCredential });
      await rejectsWithCode(workspaces.prepare(request, { signal }), "GIT_AUTHENTICATION_FAILED");
    },
  },
  {
    name: "a name that could be read as a path or an option is GIT_NAME_INVALID",
    check: async ({ workspaces, remote }) => {
      for (const name of ["..", "../x", ".git", "-x", "--upload-pack=x", "a\nb", "a\0b"]) {
        const { repository } = remote;
        const changes: readonly Partial<WorkspaceRequest>[] = [
          { taskId: name },
          { threadId: name },
          { baseBranch: name },
          { repository: { ...repository, tenant: name } },
          { repository: { ...repository, id: name } },
        ];
        for (const change of changes) {
          const prepared = workspaces.prepare(workspaceRequest(remote, change), { signal });
          await rejectsWithCode(prepared, "GIT_NAME_INVALID");
        }
      }
    },
  },
  {
    name: "an aborted request gives no workspace",
    check: async ({ workspaces, remote }) => {
      await remote.commitFiles("main", { "README.md": "hello\n" });
      await assert.rejects(workspaces.prepare(workspaceRequest(remote), { signal: AbortSignal.abort() }));
    },
  },
];
