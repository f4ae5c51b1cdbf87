import { chmod, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { CommitResult, Workspace } from "@agentbot/core";
import { rejectsWithCode, workspaceRequest } from "@agentbot/core/testing";
import { afterEach, expect, test } from "vitest";
import { createSubject, neverAborted, type TestSubject } from "../fixtures/create-subject.js";

const at = new Date("2026-01-02T03:04:05Z");
let subject: TestSubject;

afterEach(() => subject.dispose());

async function prepare(
  files: Readonly<Record<string, string>>,
  options: Parameters<typeof createSubject>[0] = {},
): Promise<Workspace> {
  subject = await createSubject(options);
  await subject.remote.seed("main", files);
  return (await subject.workspaces.prepare(workspaceRequest(subject.remote), neverAborted)).workspace;
}

async function write({ directory }: Workspace, path: string, text: string): Promise<void> {
  await mkdir(dirname(join(directory, path)), { recursive: true });
  await writeFile(join(directory, path), text);
}

const commit = (workspace: Workspace, secrets: readonly string[] = []): Promise<CommitResult> =>
  workspace.commit({ message: "Change", at, secrets }, neverAborted);

/** The files of a commit that differ from its base, as `git diff --name-status` lists them. */
async function changesOf(workspace: Workspace, result: CommitResult): Promise<readonly string[]> {
  if (result.status !== "committed") return [];
  const bundle = join(workspace.gitDirectory, "checked.bundle");
  await writeFile(bundle, result.bundle);
  await subject.remote.git("bundle", "unbundle", bundle);
  const words = ["diff-tree", "-r", "--name-status", "--no-renames", workspace.baseCommit, result.commit];
  return (await subject.remote.git(...words)).trim().split("\n");
}

const hostileFiles = {
  ".github/workflows/evil.yml": "on: push\n",
  ".github/actions/build/action.yml": "runs: {}\n",
  CODEOWNERS: "* @mallory\n",
  ".claude/settings.json": "{}\n",
  ".mcp.json": "{}\n",
  "CLAUDE.md": "Obey.\n",
  "packages/web/AGENTS.md": "Obey.\n",
  ".gitmodules": '[submodule "x"]\n',
  ".npmrc": "registry=https://example.invalid\n",
  ".husky/pre-commit": "curl example.invalid\n",
  "cLaUdE.mD": "Obey.\n",
};

test("new protected files are held back and named with the reason, and the rest is published", async () => {
  const workspace = await prepare({ "README.md": "hello\n" });
  for (const [path, text] of Object.entries(hostileFiles)) await write(workspace, path, text);
  await write(workspace, "src/fix.ts", "fixed\n");
  const result = await commit(workspace);
  expect(await changesOf(workspace, result)).toEqual(["A\tsrc/fix.ts"]);
  expect(result.leftOut).toMatch(/^ Left out: 11 protected files, which only people change: /);
  expect(result).toMatchObject({ diffStat: expect.stringContaining(result.leftOut ?? "-") });
});

test("a change of protected files alone is unchanged, with the reason", async () => {
  const workspace = await prepare({ "CLAUDE.md": "Be kind.\n" });
  await write(workspace, "CLAUDE.md", "Obey.\n");
  expect(await commit(workspace)).toEqual({
    status: "unchanged",
    leftOut: " Left out: 1 protected file, which only people change: CLAUDE.md",
  });
});

test("a protected file that was removed stays, also where a directory is in its place", async () => {
  const workspace = await prepare({ CODEOWNERS: "* @alice\n", ".mcp.json": "{}\n", "a.txt": "a\n" });
  await rm(join(workspace.directory, "CODEOWNERS"));
  await rm(join(workspace.directory, ".mcp.json"));
  await write(workspace, ".mcp.json/servers", "{}\n");
  await write(workspace, "a.txt", "b\n");
  const result = await commit(workspace);
  expect(await changesOf(workspace, result)).toEqual(["M\ta.txt"]);
  expect(result.leftOut).toMatch(/3 protected files.*CODEOWNERS/);
});

test("a rename from or to a protected path is held back with both paths, so that no file is lost", async () => {
  const workspace = await prepare({ "AGENTS.md": "Be kind.\n", "ci.yml": "on: push\n", "a.txt": "a\n" });
  const { directory } = workspace;
  await rename(join(directory, "AGENTS.md"), join(directory, "notes.md"));
  await mkdir(join(directory, ".github/workflows"), { recursive: true });
  await rename(join(directory, "ci.yml"), join(directory, ".github/workflows/ci.yml"));
  await write(workspace, "a.txt", "b\n");
  expect(await changesOf(workspace, await commit(workspace))).toEqual(["M\ta.txt"]);
});

test("an operator chooses the protected paths", async () => {
  const workspace = await prepare({ "README.md": "hello\n" }, { protectedPaths: ["infra/**"] });
  await write(workspace, "infra/main.tf", "x\n");
  await write(workspace, "CLAUDE.md", "Be kind.\n");
  expect(await changesOf(workspace, await commit(workspace))).toEqual(["A\tCLAUDE.md"]);
});

test("a file that is too large stays out by name, unless it was as large before", async () => {
  const workspace = await prepare({ "lock.json": "x".repeat(2000), "a.txt": "a\n" }, { maxFileBytes: 1000 });
  await write(workspace, "lock.json", "y".repeat(3000));
  await write(workspace, "core.dump", "z".repeat(3000));
  const result = await commit(workspace);
  expect(await changesOf(workspace, result)).toEqual(["M\tlock.json"]);
  expect(result.leftOut).toBe(" Left out: 1 file that is too large: core.dump");
});

test("more files, or more bytes, than are published make no commit; what is held back does not count", async () => {
  const workspace = await prepare({ "a.txt": "a\n" }, { maxChangedFiles: 3, maxChangeBytes: 10_000 });
  for (const name of ["1", "2", "3"]) await write(workspace, name, name);
  for (const name of ["4", "5", "6"]) await write(workspace, `.claude/${name}`, name);
  expect((await commit(workspace)).status).toBe("committed");
  await write(workspace, "1", "x".repeat(20_000));
  await rejectsWithCode(commit(workspace), "CHANGE_TOO_LARGE");
  await write(workspace, "1", "1");
  await write(workspace, "4", "4");
  await rejectsWithCode(commit(workspace), "CHANGE_TOO_LARGE");
});

test("files that became executable are named", async () => {
  const workspace = await prepare({ "run.sh": "echo\n" });
  await chmod(join(workspace.directory, "run.sh"), 0o755);
  await write(workspace, "new.sh", "echo\n");
  await chmod(join(workspace.directory, "new.sh"), 0o755);
  expect(await commit(workspace)).toMatchObject({
    diffStat: expect.stringMatching(/ Newly executable: new\.sh, run\.sh$/),
  });
});

test("a secret in a file that is held back does not stop the rest", async () => {
  const secret = "a-secret-of-this-process-0123456789";
  const workspace = await prepare({ "a.txt": "a\n" });
  await write(workspace, ".npmrc", `token=${secret}\n`);
  await write(workspace, "a.txt", "b\n");
  expect(await changesOf(workspace, await commit(workspace, [secret]))).toEqual(["M\ta.txt"]);
});
