import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { workspaceRequest } from "@agentbot/core/testing";
import { createBareRepository } from "@agentbot/workspace-git/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runGit } from "../../src/git/run-git.js";
import { createSubject, neverAborted, type TestSubject } from "../fixtures/create-subject.js";

const at = new Date("2026-01-02T03:04:05Z");
let subject: TestSubject;
let markers: string;

beforeEach(async () => {
  subject = await createSubject();
  markers = await mkdtemp(join(tmpdir(), "agentbot-markers-"));
  await subject.remote.seed("main", {
    "README.md": "hello\n",
    ".gitmodules": '[submodule "vendor/lib"]\n\tpath = vendor/lib\n\turl = https://example.invalid/lib.git\n',
    "vendor/lib": { mode: "160000", content: "1".repeat(40) },
  });
});

afterEach(async () => {
  await subject.dispose();
  await rm(markers, { recursive: true, force: true });
});

const hooks = ["pre-commit", "commit-msg", "post-commit", "pre-push", "post-index-change", "reference-transaction"];

/** Makes every trap that an agent can set in a git directory; each leaves a file of its own when it runs. */
async function poison(gitDirectory: string, evilUrl: string, remoteUrl: string): Promise<void> {
  const trap = (name: string): string => `touch '${join(markers, name)}'`;
  await mkdir(join(gitDirectory, "hooks"), { recursive: true });
  for (const hook of hooks) {
    await writeFile(join(gitDirectory, "hooks", hook), `#!/bin/sh\n${trap(hook)}\nexit 0\n`);
    await chmod(join(gitDirectory, "hooks", hook), 0o755);
  }
  const configuration = `
[core]
	repositoryformatversion = 0
	bare = false
	fsmonitor = "${trap("fsmonitor")}; false"
	sshCommand = "${trap("ssh")}"
	editor = "${trap("editor")}"
[user]
	name = evil
	email = evil@example.invalid
[filter "evil"]
	clean = "${trap("clean-filter")}; cat"
	smudge = "${trap("smudge-filter")}; cat"
[diff]
	external = "${trap("external-diff")}"
[credential]
	helper = "!${trap("credential-helper")}"
[url "${evilUrl}"]
	insteadOf = ${remoteUrl}
	pushInsteadOf = ${remoteUrl}
`;
  await writeFile(join(gitDirectory, "config"), configuration);
}

test("a poisoned .git, .gitattributes and submodule run nothing and redirect no push", async () => {
  const { workspaces, remote } = subject;
  const evil = await createBareRepository({ root: markers, path: "evil.git" });
  const request = workspaceRequest(remote);
  const { workspace, dispose } = await workspaces.prepare(request, neverAborted);
  const { directory } = workspace;
  await poison(join(directory, ".git"), evil.directory, remote.url);
  await mkdir(join(directory, "vendor/lib/.git/objects"), { recursive: true });
  await mkdir(join(directory, "vendor/lib/.git/refs"), { recursive: true });
  await poison(join(directory, "vendor/lib/.git"), evil.directory, remote.url);
  await writeFile(join(directory, "vendor/lib/.git/HEAD"), `${"1".repeat(40)}\n`);
  await writeFile(join(directory, "vendor/lib/loot.txt"), "loot\n");
  await writeFile(join(directory, ".gitattributes"), "* filter=evil diff=evil\n");
  await writeFile(join(directory, "README.md"), "changed\n");

  const result = await workspace.commit({ message: "Change", at }, neverAborted);
  if (result.status !== "committed") throw new Error("nothing was committed");
  const branch = `agentbot/${request.taskId}`;
  await workspace.publish({ branch, commit: result.commit, credential: remote.credential }, neverAborted);

  expect(await readdir(markers)).toEqual(["evil.git"]);
  expect(await readdir(join(evil.directory, "refs/heads"))).toEqual([]);
  expect(await remote.headOf(branch)).toBe(result.commit);
  const files = await remote.filesOf(result.commit);
  expect([...files.keys()].sort()).toEqual([".gitattributes", ".gitmodules", "README.md", "vendor/lib"]);
  expect(files.get("README.md")?.text).toBe("changed\n");
  await dispose();
});

test("the same traps work when git runs in the agent's own repository", async () => {
  const { workspace, dispose } = await subject.workspaces.prepare(workspaceRequest(subject.remote), neverAborted);
  await poison(join(workspace.directory, ".git"), join(markers, "evil.git"), subject.remote.url);
  await writeFile(join(workspace.directory, ".gitattributes"), "* filter=evil\n");
  await writeFile(join(workspace.directory, "README.md"), "changed\n");
  for (const words of [
    ["add", "-A"],
    ["commit", "-m", "x"],
  ]) {
    await runGit({
      program: "git",
      arguments: words,
      directory: workspace.directory,
      environment: { PATH: "/usr/local/bin:/usr/bin:/bin", GIT_CONFIG_GLOBAL: "/dev/null", HOME: markers },
      input: "",
      maxOutputBytes: 1_000_000,
      timeoutMs: 240_000,
      ...neverAborted,
    });
  }
  const snapped = ["clean-filter", "commit-msg", "fsmonitor", "post-commit", "pre-commit"];
  expect(await readdir(markers)).toEqual(expect.arrayContaining(snapped));
  await dispose();
});

test("a git directory under any name and at any depth stays out of the commit", async () => {
  const { workspaces, remote } = subject;
  const { workspace, dispose } = await workspaces.prepare(workspaceRequest(remote), neverAborted);
  const names = [".GIT", ".Git", "git~1", ".git ", ".git.", ".g\u200cit", ".git::$INDEX_ALLOCATION"];
  for (const name of names) {
    await mkdir(join(workspace.directory, "deep/er", name, "hooks"), { recursive: true });
    await writeFile(join(workspace.directory, "deep/er", name, "hooks/pre-commit"), "#!/bin/sh\n");
  }
  await writeFile(join(workspace.directory, "deep/.git"), "gitdir: /elsewhere\n");
  await writeFile(join(workspace.directory, "deep/a\\.git\\config"), "[core]\n");
  await writeFile(join(workspace.directory, "deep/.gitkeep"), "");
  const result = await workspace.commit({ message: "Change", at }, neverAborted);
  if (result.status !== "committed") throw new Error("nothing was committed");
  expect(result.diffStat).toMatch(/1 file changed/);
  expect(result.diffStat).toMatch(/Left out: 8 nested git director/);
  await dispose();
});

test("a repository the agent made in the tree becomes plain files, whatever is nested in it", async () => {
  const { workspaces, remote } = subject;
  const request = workspaceRequest(remote);
  const { workspace, dispose } = await workspaces.prepare(request, neverAborted);
  const evil = join(markers, "evil.git");
  for (const path of ["app", "app/inner"]) {
    const git = join(workspace.directory, path, ".git");
    await mkdir(join(git, "objects"), { recursive: true });
    await mkdir(join(git, "refs"));
    await writeFile(join(git, "HEAD"), "ref: refs/heads/main\n");
    await poison(git, evil, remote.url);
    await writeFile(join(workspace.directory, path, "main.js"), "1\n");
  }
  await writeFile(join(workspace.directory, "app/.gitignore"), "secret.txt\n");
  await writeFile(join(workspace.directory, "app/secret.txt"), "ignored\n");
  const result = await workspace.commit({ message: "Scaffold", at }, neverAborted);
  if (result.status !== "committed") throw new Error("nothing was committed");
  const { commit, diffStat } = result;
  await workspace.publish(
    { branch: `agentbot/${request.taskId}`, commit, credential: remote.credential },
    neverAborted,
  );
  const files = await remote.filesOf(commit);
  const added = ["app/.gitignore", "app/inner/main.js", "app/main.js"];
  expect([...files.keys()].sort()).toEqual([".gitmodules", "README.md", ...added, "vendor/lib"]);
  expect(diffStat).toMatch(/Left out: 2 nested git directories/);
  expect(await readdir(markers)).toEqual([]);
  await dispose();
});
