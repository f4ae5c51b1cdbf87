import { chmod, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Workspace } from "@agentbot/core";
import { workspaceRequest } from "@agentbot/core/testing";
import type { SeedFile } from "@agentbot/workspace-git/testing";
import { afterEach, describe, expect, test } from "vitest";
import { createSubject, neverAborted, type TestSubject } from "../fixtures/create-subject.js";

const at = new Date("2026-01-02T03:04:05Z");
let subject: TestSubject;

afterEach(() => subject.dispose());

/** Prepares a tree of two commits: the files as they were stored, then attributes that ask for another form of them. */
async function prepare(
  files: Readonly<Record<string, SeedFile>>,
  later: Readonly<Record<string, SeedFile>> = {},
  options: Parameters<typeof createSubject>[0] = {},
): Promise<Workspace> {
  subject = await createSubject(options);
  await subject.remote.seed("main", files);
  await subject.remote.seed("main", later);
  return (await subject.workspaces.prepare(workspaceRequest(subject.remote), neverAborted)).workspace;
}

async function committedFiles(workspace: Workspace): Promise<readonly string[]> {
  const result = await workspace.commit({ message: "Change", at }, neverAborted);
  if (result.status !== "committed") return [];
  const bundle = join(workspace.gitDirectory, "published.bundle");
  await writeFile(bundle, result.bundle);
  await subject.remote.git("bundle", "unbundle", bundle);
  const names = await subject.remote.git("diff-tree", "-r", "--name-only", workspace.baseCommit, result.commit);
  return names.trim().split("\n");
}

const foreign: readonly (readonly [string, Record<string, SeedFile>, string])[] = [
  ["line endings", { "run.bat": "echo\r\n", "a.txt": "a\r\n" }, "* text=auto\n*.bat text eol=crlf\n"],
  ["forced line endings", { "a.txt": "a\r\nb\r\n" }, "*.txt text eol=lf\n"],
  ["an expanded ident", { "a.c": "/* $Id: 1234 $ */\n" }, "*.c ident\n"],
  ["an encoding", { "a.ps1": "plain\n" }, "*.ps1 text working-tree-encoding=UTF-16LE\n"],
  ["a filter", { "a.bin": "plain\n" }, "*.bin filter=lfs diff=lfs merge=lfs -text\n"],
];

describe.each(foreign)("files stored in another form than their attributes ask for: %s", (_, files, attributes) => {
  test("an agent that writes nothing has changed nothing", async () => {
    const workspace = await prepare(files, { ".gitattributes": attributes });
    expect(await workspace.commit({ message: "x", at }, neverAborted)).toEqual({ status: "unchanged", leftOut: null });
  });

  test("a change holds the agent's own file alone", async () => {
    const workspace = await prepare({ ...files, "README.md": "hello\n" }, { ".gitattributes": attributes });
    await writeFile(join(workspace.directory, "README.md"), "changed\n");
    expect(await committedFiles(workspace)).toEqual(["README.md"]);
  });
});

test("new attributes of the agent make no change of files that it did not touch", async () => {
  const workspace = await prepare({ "a.txt": "a\r\n", "README.md": "hello\n" });
  await writeFile(join(workspace.directory, ".gitattributes"), "*.txt text eol=lf\n");
  expect(await committedFiles(workspace)).toEqual([".gitattributes"]);
});

test("a file that was cut down to almost nothing is a change, and nothing of the comparison is left", async () => {
  const workspace = await prepare({ "big.txt": "line\n".repeat(100_000) });
  await writeFile(join(workspace.directory, "big.txt"), "line\n");
  expect(await committedFiles(workspace)).toEqual(["big.txt"]);
  expect(await readdir(workspace.gitDirectory)).not.toContain("base-files");
});

test("a mode alone is a change", async () => {
  const workspace = await prepare({ "run.sh": "echo\n" });
  await chmod(join(workspace.directory, "run.sh"), 0o755);
  expect(await committedFiles(workspace)).toEqual(["run.sh"]);
});

test("a file that is not in the encoding of its attributes is left out by name, and the rest is committed", async () => {
  const workspace = await prepare({
    ".gitattributes": "*.ps1 text working-tree-encoding=UTF-16\n",
    "README.md": "a\n",
  });
  for (let index = 0; index < 20; index += 1) await writeFile(join(workspace.directory, `${index}.txt`), "1\n");
  await writeFile(join(workspace.directory, "new.ps1"), "plain UTF-8\n");
  const result = await workspace.commit({ message: "Change", at }, neverAborted);
  if (result.status !== "committed") throw new Error("nothing was committed");
  expect(result.diffStat).toContain("Left out: 1 file that git cannot store: new.ps1");
  expect(result.diffStat).toContain("20 files changed");
});

test("what was left out is named where nothing else changed", async () => {
  const workspace = await prepare({ "README.md": "hello\n" });
  await symlink("/etc/passwd", join(workspace.directory, "link\u001b[31m"));
  expect(await workspace.commit({ message: "x", at }, neverAborted)).toEqual({
    status: "unchanged",
    leftOut: " Left out: 1 new or changed symbolic link: link\ufffd[31m",
  });
});

describe("a submodule", () => {
  const gitmodules = '[submodule "lib"]\n\tpath = lib\n\turl = https://example.invalid/lib.git\n';
  const files: Record<string, SeedFile> = {
    ".gitmodules": gitmodules,
    lib: { mode: "160000", content: "a".repeat(40) },
    "README.md": "hello\n",
  };

  test("that was worked in is left out by name", async () => {
    const workspace = await prepare(files);
    await writeFile(join(workspace.directory, "lib/new.c"), "1\n");
    const result = await workspace.commit({ message: "x", at }, neverAborted);
    expect(result).toEqual({ status: "unchanged", leftOut: " Left out: 1 change of a submodule: lib" });
  });

  test("is not removed while its list is protected", async () => {
    const workspace = await prepare(files);
    await rm(join(workspace.directory, "lib"), { recursive: true });
    await rm(join(workspace.directory, ".gitmodules"));
    expect(await workspace.commit({ message: "x", at }, neverAborted)).toMatchObject({
      status: "unchanged",
      leftOut: expect.stringMatching(/1 change of a submodule: lib\n.*1 protected file.*: \.gitmodules$/),
    });
  });

  test("that was removed with its entry is removed wholly, where that is allowed", async () => {
    const workspace = await prepare(files, {}, { protectedPaths: [] });
    await rm(join(workspace.directory, "lib"), { recursive: true });
    await rm(join(workspace.directory, ".gitmodules"));
    expect(await committedFiles(workspace)).toEqual([".gitmodules", "lib"]);
  });

  test("of which only the directory was removed stays, and is named", async () => {
    const workspace = await prepare(files);
    await rm(join(workspace.directory, "lib"), { recursive: true });
    const result = await workspace.commit({ message: "x", at }, neverAborted);
    expect(result).toEqual({ status: "unchanged", leftOut: " Left out: 1 change of a submodule: lib" });
  });

  const odd = {
    "without an entry": [gitmodules.replaceAll("lib", "other"), {}],
    "with a key in capitals": [gitmodules.replace("path", "Path"), {}],
    "with a comment behind its path": [gitmodules.replace("path = lib", "path = lib ; here"), {}],
    "with a quoted path": [gitmodules.replace("path = lib", 'path = "lib"'), {}],
  } as const;

  test.each(Object.entries(odd))("%s stays where the agent did not touch it", async (_, [list]) => {
    const workspace = await prepare({ ...files, ".gitmodules": list });
    await writeFile(join(workspace.directory, "README.md"), "changed\n");
    expect(await committedFiles(workspace)).toEqual(["README.md"]);
  });

  test("stays wholly where the list became a symbolic link or cannot be read", async () => {
    const workspace = await prepare(files);
    const list = join(workspace.directory, ".gitmodules");
    await writeFile(join(workspace.directory, "README.md"), "changed\n");
    await rm(list);
    await symlink("README.md", list);
    expect(await committedFiles(workspace)).toEqual(["README.md"]);
    await rm(list);
    await writeFile(list, "[submodule\n");
    expect(await committedFiles(workspace)).toEqual(["README.md"]);
  });

  test("whose entry was removed although it was worked in stays wholly", async () => {
    const workspace = await prepare(files);
    await writeFile(join(workspace.directory, "lib/new.c"), "1\n");
    await writeFile(join(workspace.directory, ".gitmodules"), "");
    await writeFile(join(workspace.directory, "README.md"), "changed\n");
    expect(await committedFiles(workspace)).toEqual(["README.md"]);
  });
});
