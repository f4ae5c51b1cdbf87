import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Workspace } from "@agentbot/core";
import { workspaceRequest } from "@agentbot/core/testing";
import { afterEach, expect, test } from "vitest";
import { runGit } from "../../src/git/run-git.js";
import { createSubject, neverAborted, type TestSubject } from "../fixtures/create-subject.js";

const at = new Date("2026-01-02T03:04:05Z");
let subject: TestSubject;

afterEach(() => subject.dispose());

async function prepare(options: Parameters<typeof createSubject>[0] = {}): Promise<Workspace> {
  subject = await createSubject(options);
  await subject.remote.seed("main", { "a.txt": "a\n", ".gitignore": "*.log\n", "deep/b.txt": "b\n" });
  return (await subject.workspaces.prepare(workspaceRequest(subject.remote), neverAborted)).workspace;
}

async function makePipe({ directory }: Workspace, path: string): Promise<void> {
  await mkdir(dirname(join(directory, path)), { recursive: true });
  await rm(join(directory, path), { force: true });
  await runGit({
    ...{ program: "mkfifo", arguments: [path], directory, environment: { PATH: "/usr/bin:/bin" }, input: "" },
    ...{ maxOutputBytes: 1000, timeoutMs: 240_000, ...neverAborted },
  });
}

test.each([
  ".gitignore",
  "deep/.gitignore",
  ".gitattributes",
  "deep/.gitattributes",
  ".gitmodules",
  ".lfsconfig",
  "nested/.git",
  "nested/.git/HEAD",
  ".git/info/exclude",
])("a pipe named %s does not make git wait", async (path) => {
  const workspace = await prepare({ commandTimeoutMs: 60_000 });
  await makePipe(workspace, path);
  await writeFile(join(workspace.directory, "a.txt"), "changed\n");
  const result = await workspace.commit({ message: "Change", at }, neverAborted);
  if (result.status !== "committed") throw new Error("nothing was committed");
  expect(result.diffStat).toContain("a.txt");
  expect(result.diffStat).toContain("1 file changed");
  expect(result.leftOut ?? "").toBe(path === ".gitignore" ? " Left out: 1 special or unreadable file: .gitignore" : "");
});

test("a socket goes too", async () => {
  const workspace = await prepare();
  const server = createServer();
  // Made elsewhere: the path of a socket has at most 107 bytes.
  const socket = join(await mkdtemp(join(tmpdir(), "agentbot-")), "socket");
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  await rename(socket, join(workspace.directory, ".gitattributes"));
  await writeFile(join(workspace.directory, "a.txt"), "changed\n");
  const result = await workspace.commit({ message: "Change", at }, neverAborted);
  await new Promise((resolve) => server.close(resolve));
  await rm(dirname(socket), { recursive: true });
  expect(result).toMatchObject({ status: "committed", leftOut: null });
});

test("a tree that takes git too long is its own fault: no outage, and no second try", async () => {
  const directory = await mkdtemp(join(tmpdir(), "agentbot-git-"));
  const gitProgram = join(directory, "git");
  // As a process does that outlived its agent: the pipe is back once the tree was cleared of pipes.
  const script = `case "$*" in *--others*) cd "$GIT_WORK_TREE" && rm -f .gitignore && mkfifo .gitignore;; esac`;
  await writeFile(gitProgram, `#!/bin/sh\n${script}\nexec git "$@"\n`, { mode: 0o755 });
  const workspace = await prepare({ gitProgram, commandTimeoutMs: 10_000 });
  const committing = workspace.commit({ message: "Change", at }, neverAborted);
  const failure = await committing.catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: "CHANGE_NOT_COMMITTED", isRetryable: false, isOutage: false });
  await rm(directory, { recursive: true });
});
