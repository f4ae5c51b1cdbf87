import assert from "node:assert/strict";
import { chmod, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Workspace } from "../../ports/workspace-factory.js";
import type { ContractClause } from "../contract-cases.js";
import { rejectsWithCode } from "../rejects-with-code.js";
import { workspaceRequest } from "./workspace-request-fixture.js";
import type { RemoteFile, RemoteRepository, WorkspaceSubject } from "./workspace-subject.js";

const at = new Date("2026-03-04T05:06:07Z");
const { signal } = new AbortController();

/** Prepares a tree, lets `work` change it and publishes the result; returns the commit and its files. */
async function publishWork(
  { workspaces, remote }: WorkspaceSubject,
  work: (workspace: Workspace) => Promise<void>,
  taskId = workspaceRequest(remote).taskId,
): Promise<{ commit: string; files: ReadonlyMap<string, RemoteFile>; diffStat: string }> {
  const request = workspaceRequest(remote, { taskId });
  const { workspace, dispose } = await workspaces.prepare(request, { signal });
  try {
    await work(workspace);
    const result = await workspace.commit({ message: "Work", at }, { signal });
    assert.equal(result.status, "committed");
    const { commit, diffStat } = result;
    await workspace.publish({ branch: request.branch, commit, credential: remote.credential }, { signal });
    return { commit, diffStat, files: await remote.filesOf(commit) };
  } finally {
    await dispose();
  }
}

const seed = (remote: RemoteRepository): Promise<string> =>
  remote.commitFiles("main", {
    "README.md": "hello\n",
    "old.txt": "old\n",
    link: { mode: "120000", text: "README.md" },
  });

/** The commit that a {@link Workspace} makes of a tree. */
export const commitClauses: readonly ContractClause<WorkspaceSubject>[] = [
  {
    name: "a tree that is as it was is unchanged",
    check: async ({ workspaces, remote }) => {
      await seed(remote);
      const { workspace, dispose } = await workspaces.prepare(workspaceRequest(remote), { signal });
      await writeFile(join(workspace.directory, "README.md"), "hello\n");
      assert.deepEqual(await workspace.commit({ message: "Nothing", at }, { signal }), {
        status: "unchanged",
        leftOut: null,
      });
      await dispose();
    },
  },
  {
    name: "new, changed, deleted and executable files are committed as they are, odd names included",
    check: async (subject) => {
      await seed(subject.remote);
      const { files, diffStat } = await publishWork(subject, async ({ directory }) => {
        await writeFile(join(directory, "README.md"), "changed\n");
        await rm(join(directory, "old.txt"));
        await writeFile(join(directory, "run.sh"), "#!/bin/sh\n");
        await chmod(join(directory, "run.sh"), 0o755);
        await writeFile(join(directory, "grüße 🎉.txt"), "hi\n");
        await writeFile(join(directory, "two\nlines"), "hi\n");
        await writeFile(join(directory, "-rf"), "hi\n");
      });
      const names = ["-rf", "README.md", "grüße 🎉.txt", "link", "run.sh", "two\nlines"];
      assert.deepEqual([...files.keys()].sort(), names.sort());
      assert.deepEqual(files.get("run.sh"), { mode: "100755", text: "#!/bin/sh\n" });
      assert.deepEqual(files.get("README.md"), { mode: "100644", text: "changed\n" });
      assert.match(diffStat, /6 files changed/);
    },
  },
  {
    name: "the same work at the same frozen date is the same commit, made once or again",
    check: async (subject) => {
      const { workspaces, remote } = subject;
      await seed(remote);
      const commits = new Set<string>();
      for (let time = 0; time < 2; time += 1) {
        const { workspace, dispose } = await workspaces.prepare(workspaceRequest(remote), { signal });
        await writeFile(join(workspace.directory, "README.md"), "changed\n");
        for (let again = 0; again < 2; again += 1) {
          const result = await workspace.commit({ message: "Work", at }, { signal });
          if (result.status === "committed") commits.add(result.commit);
        }
        await dispose();
      }
      assert.equal(commits.size, 1);
    },
  },
  {
    name: "new and changed symbolic links are left out, which the diff stat says, and old ones stay",
    check: async (subject) => {
      await seed(subject.remote);
      const { files, diffStat } = await publishWork(subject, async ({ directory }) => {
        await writeFile(join(directory, "README.md"), "changed\n");
        await symlink("/etc/passwd", join(directory, "stolen"));
        await rm(join(directory, "link"));
        await symlink("/etc/passwd", join(directory, "link"));
        await rm(join(directory, "old.txt"));
        await symlink("README.md", join(directory, "old.txt"));
      });
      assert.deepEqual([...files.keys()].sort(), ["README.md", "link", "old.txt"]);
      assert.deepEqual(files.get("link"), { mode: "120000", text: "README.md" });
      assert.deepEqual(files.get("old.txt"), { mode: "100644", text: "old\n" });
      assert.match(diffStat, /3 .*symbolic links/);
    },
  },
  {
    name: "a change that holds a secret, in a file or its name, is CHANGE_HOLDS_SECRET",
    check: async ({ workspaces, remote }) => {
      await seed(remote);
      const secret = "a-secret-of-this-process-0123456789";
      const leaks: readonly (readonly [name: string, text: string])[] = [
        ["README.md", `the key is ${secret}.\n`],
        ["new.bin", `\0\xff${Buffer.from(`x${secret}`).toString("base64")}`],
        [`${secret}.txt`, "nothing\n"],
      ];
      for (const [name, text] of leaks) {
        const { workspace, dispose } = await workspaces.prepare(workspaceRequest(remote), { signal });
        await writeFile(join(workspace.directory, name), text, "latin1");
        const request = { message: "Leak", at, secrets: [secret] };
        await rejectsWithCode(workspace.commit(request, { signal }), "CHANGE_HOLDS_SECRET");
        await rm(join(workspace.directory, name));
        await writeFile(join(workspace.directory, "other.txt"), "nothing\n");
        assert.equal((await workspace.commit(request, { signal })).status, "committed");
        await dispose();
      }
    },
  },
  {
    name: "a file past the limit is not committed: it is named, or the change is CHANGE_TOO_LARGE",
    capability: "limits",
    check: async ({ workspaces, remote }) => {
      await seed(remote);
      const { workspace, dispose } = await workspaces.prepare(workspaceRequest(remote), { signal });
      const noise = Buffer.alloc(26 * 1024 * 1024);
      for (let index = 0, state = 1; index < noise.length; index += 1) {
        state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
        noise[index] = state >>> 16;
      }
      await writeFile(join(workspace.directory, "noise.bin"), noise);
      const committing = workspace.commit({ message: "Noise", at }, { signal });
      const result = await committing.catch(() => null);
      if (result === null) await rejectsWithCode(committing, "CHANGE_TOO_LARGE");
      else assert.match(`${result.status} ${result.leftOut}`, /^unchanged .*noise\.bin/s);
      await dispose();
    },
  },
];
