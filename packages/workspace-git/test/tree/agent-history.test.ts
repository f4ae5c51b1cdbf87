import { access, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { workspaceRequest } from "@agentbot/core/testing";
import { afterEach, expect, test } from "vitest";
import { runGit } from "../../src/git/run-git.js";
import { createSubject, neverAborted, type TestSubject } from "../fixtures/create-subject.js";

let subject: TestSubject;
afterEach(() => subject.dispose());

/** Runs git the way an agent would: in the tree, with the tree's own repository. */
async function asAgent(directory: string, ...words: string[]): Promise<string> {
  const end = await runGit({
    program: "git",
    arguments: words,
    directory,
    environment: { PATH: "/usr/local/bin:/usr/bin:/bin", GIT_CONFIG_GLOBAL: "/dev/null", HOME: "/nonexistent" },
    input: "",
    maxOutputBytes: 1_000_000,
    timeoutMs: 240_000,
    signal: new AbortController().signal,
  });
  expect(end.stderr).toBe("");
  return end.stdout.toString("utf8");
}

test("an agent reads status, diff and log in its tree without anything outside of it", async () => {
  subject = await createSubject({ historyDepth: 3 });
  const { remote, workspaces, directory } = subject;
  for (const text of ["one", "two", "three", "four", "five"]) await remote.seed("main", { "README.md": `${text}\n` });
  const { workspace } = await workspaces.prepare(workspaceRequest(remote), neverAborted);
  await rename(join(directory, "mirrors"), join(directory, "hidden"));
  const tree = workspace.directory;
  expect(await asAgent(tree, "status", "--porcelain", "--branch")).toBe("## main\n");
  await writeFile(join(tree, "README.md"), "changed\n");
  expect(await asAgent(tree, "diff")).toContain("-five\n+changed\n");
  expect((await asAgent(tree, "log", "--format=%H")).split("\n")[0]).toBe(workspace.baseCommit);
  expect((await asAgent(tree, "log", "--oneline")).trim().split("\n")).toHaveLength(3);
  expect(await asAgent(tree, "show", "HEAD~2:README.md")).toBe("three\n");
  expect(await asAgent(tree, "fsck", "--full", "--no-progress")).toBe("");
  expect(await asAgent(tree, "remote")).toBe("");
  await asAgent(tree, "commit", "--quiet", "-am", "the agent's own commit");
  expect(await asAgent(tree, "status", "--porcelain")).toBe("");
});

test("a merge at the edge of the history does not break it", async () => {
  subject = await createSubject({ historyDepth: 2 });
  const { remote, workspaces } = subject;
  const left = await remote.seed("main", { "left.txt": "1\n" });
  const right = await remote.seed("side", { "right.txt": "1\n" });
  const tree = (await remote.git("rev-parse", `${left}^{tree}`)).trim();
  const identity = ["-c", "user.name=x", "-c", "user.email=x@example.invalid"];
  const merge = (await remote.git(...identity, "commit-tree", tree, "-p", left, "-p", right, "-m", "Merge")).trim();
  await remote.git("update-ref", "refs/heads/main", merge);
  const { workspace } = await workspaces.prepare(workspaceRequest(remote), neverAborted);
  expect(await asAgent(workspace.directory, "fsck", "--full", "--no-progress")).toBe("");
  expect(await asAgent(workspace.directory, "status", "--porcelain")).toBe("");
});

test("work that an agent committed in its own repository is part of the commit", async () => {
  subject = await createSubject();
  const { remote, workspaces } = subject;
  await remote.seed("main", { "README.md": "hello\n" });
  const { workspace } = await workspaces.prepare(workspaceRequest(remote), neverAborted);
  await writeFile(join(workspace.directory, "README.md"), "changed\n");
  await asAgent(workspace.directory, "commit", "--quiet", "-am", "mine");
  const result = await workspace.commit({ message: "Change", at: new Date(0) }, neverAborted);
  expect(result).toMatchObject({ status: "committed", diffStat: expect.stringContaining("1 file changed") });
});

test("a history of 0 leaves the tree without a git directory, and removing it changes nothing", async () => {
  subject = await createSubject({ historyDepth: 0 });
  const { remote, workspaces } = subject;
  await remote.seed("main", { "README.md": "hello\n" });
  const { workspace } = await workspaces.prepare(workspaceRequest(remote), neverAborted);
  await expect(access(join(workspace.directory, ".git"))).rejects.toThrow(/ENOENT/);
  expect(await workspace.commit({ message: "x", at: new Date(0) }, neverAborted)).toEqual({
    status: "unchanged",
    leftOut: null,
  });
  expect(await readFile(join(workspace.directory, "README.md"), "utf8")).toBe("hello\n");
  await rm(workspace.directory, { recursive: true });
});
