import { mkdir, mkdtemp, readFile, rename, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Workspace } from "@agentbot/core";
import { rejectsWithCode, workspaceRequest } from "@agentbot/core/testing";
import type { SeedFile } from "@agentbot/workspace-git/testing";
import { afterEach, expect, test } from "vitest";
import { runGit } from "../../src/git/run-git.js";
import { gitForTests } from "../../src/testing/git-for-tests.js";
import { createSubject, neverAborted, type TestSubject } from "../fixtures/create-subject.js";

const at = new Date("2026-01-02T03:04:05Z");
let subject: TestSubject;

afterEach(() => subject.dispose());

async function start(
  files: Readonly<Record<string, SeedFile>>,
  options: Parameters<typeof createSubject>[0] = {},
): Promise<{ workspace: Workspace; taskId: string }> {
  subject = await createSubject(options);
  await subject.remote.seed("main", files);
  const request = workspaceRequest(subject.remote);
  const { workspace } = await subject.workspaces.prepare(request, neverAborted);
  return { workspace, taskId: request.taskId };
}

async function publish(workspace: Workspace, taskId: string) {
  const result = await workspace.commit({ message: "Change\0 with a NUL", at }, neverAborted);
  if (result.status !== "committed") throw new Error("nothing was committed");
  const { credential } = subject.remote;
  await workspace.publish({ branch: `agentbot/${taskId}`, commit: result.commit, credential }, neverAborted);
  return { files: await subject.remote.filesOf(result.commit), diffStat: result.diffStat };
}

test("a directory that became a symbolic link reveals nothing of its target", async () => {
  const outside = await mkdtemp(join(tmpdir(), "agentbot-outside-"));
  await writeFile(join(outside, "file.txt"), "secret of the host\n");
  const { workspace, taskId } = await start({ "docs/file.txt": "docs\n", "README.md": "hello\n" });
  await rename(join(workspace.directory, "docs"), join(workspace.directory, "moved"));
  await symlink(outside, join(workspace.directory, "docs"));
  const { files, diffStat } = await publish(workspace, taskId);
  expect([...files.entries()].map(([path, { text }]) => `${path}=${text}`)).toEqual([
    "README.md=hello\n",
    "docs/file.txt=docs\n",
    "moved/file.txt=docs\n",
  ]);
  expect(diffStat).toMatch(/symbolic links?/);
  await rm(outside, { recursive: true });
});

test("a pipe in a file's place is left out, and files and directories may replace each other", async () => {
  const { workspace, taskId } = await start({ "a/b": "b\n", c: "c\n", d: "d\n" });
  const { directory } = workspace;
  await rm(join(directory, "a"), { recursive: true });
  await writeFile(join(directory, "a"), "file now\n");
  await rm(join(directory, "c"));
  await mkdir(join(directory, "c"));
  await writeFile(join(directory, "c/e"), "below now\n");
  await rm(join(directory, "d"));
  for (const pipe of ["d", "new-pipe"]) {
    await runGit({
      program: "mkfifo",
      arguments: [pipe],
      directory,
      environment: { PATH: "/usr/bin:/bin" },
      input: "",
      maxOutputBytes: 1_000,
      timeoutMs: 240_000,
      ...neverAborted,
    });
  }
  const { files, diffStat } = await publish(workspace, taskId);
  expect([...files.keys()]).toEqual(["a", "c/e", "d"]);
  expect(files.get("d")?.text).toBe("d\n");
  expect(diffStat).toMatch(/Left out: 1 special/);
});

test("ignored files stay, also where the agent ignored them itself", async () => {
  const { workspace, taskId } = await start({ ".gitignore": "node_modules/\n", "README.md": "hello\n" });
  await mkdir(join(workspace.directory, "node_modules/x"), { recursive: true });
  await writeFile(join(workspace.directory, "node_modules/x/index.js"), "1\n");
  await writeFile(join(workspace.directory, ".gitignore"), "node_modules/\n*.log\n");
  await writeFile(join(workspace.directory, "debug.log"), "1\n");
  const { files } = await publish(workspace, taskId);
  expect([...files.keys()]).toEqual([".gitignore", "README.md"]);
});

test("line endings a repository asks for do not look like a change", async () => {
  const { workspace } = await start({
    ".gitattributes": "*.bat text eol=crlf\n",
    "run.bat": "echo\n",
    "big.lfs": "version\n",
  });
  expect(await readFile(join(workspace.directory, "run.bat"), "utf8")).toBe("echo\r\n");
  await writeFile(join(workspace.directory, "run.bat"), "echo\r\n");
  expect(await workspace.commit({ message: "Nothing", at }, neverAborted)).toEqual({
    status: "unchanged",
    leftOut: null,
  });
});

test("a file name that is not UTF-8 is committed byte for byte", async () => {
  const { workspace, taskId } = await start({ "README.md": "hello\n" });
  const name = Buffer.concat([Buffer.from(`${workspace.directory}/`), Buffer.from([0x66, 0xff, 0x6f])]);
  await writeFile(name, "bytes\n");
  const { diffStat } = await publish(workspace, taskId);
  expect(diffStat).toContain('"f\\377o"');
  const listed = await gitForTests(subject.remote.directory, [
    "ls-tree",
    "-r",
    "-z",
    "--name-only",
    `agentbot/${taskId}`,
  ]);
  expect(listed.includes(Buffer.from([0x66, 0xff, 0x6f]))).toBe(true);
});

test("too many files, or too many bytes, are refused before they are read", async () => {
  const { workspace } = await start({ "README.md": "hello\n" }, { maxChangedFiles: 20, maxChangeBytes: 1_000_000 });
  for (let index = 0; index < 21; index += 1) await writeFile(join(workspace.directory, `${index}.txt`), "1\n");
  await rejectsWithCode(workspace.commit({ message: "Many", at }, neverAborted), "CHANGE_TOO_LARGE");
  for (let index = 0; index < 21; index += 1) await rm(join(workspace.directory, `${index}.txt`));
  const sparse = join(workspace.directory, "sparse");
  await writeFile(sparse, "");
  await truncate(sparse, 10 * 1024 ** 3);
  await rejectsWithCode(workspace.commit({ message: "Large", at }, neverAborted), "CHANGE_TOO_LARGE");
});
