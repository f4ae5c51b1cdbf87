import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { eventually, workspaceRequest } from "@agentbot/core/testing";
import { type BundledProgram, bundleProgram } from "@agentbot/test-services";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { createGitWrapper } from "../fixtures/create-git-wrapper.js";
import { createSubject, neverAborted, type TestSubject } from "../fixtures/create-subject.js";
import { startProgram } from "../fixtures/start-program.js";

let program: BundledProgram;
let subject: TestSubject;

beforeAll(async () => {
  program = await bundleProgram(new URL("../fixtures/prepare-program.ts", import.meta.url));
});
afterAll(() => program.remove());
beforeEach(async () => {
  subject = await createSubject();
  const files = Array.from({ length: 300 }, (_, index) => [`src/${index}.js`, `${index}\n`.repeat(50)] as const);
  await subject.remote.seed("main", { "README.md": "hello\n", ...Object.fromEntries(files) });
});
afterEach(() => subject.dispose());

test.each(["init", "fetch", "read-tree", "rev-list", "pack-objects"])(
  "a worker killed before its git %s leaves nothing that stops the next attempt",
  async (command) => {
    const { remote, workspaces, directory } = subject;
    const wrapper = await createGitWrapper(command);
    const request = workspaceRequest(remote);
    const options = { directory, allowHttp: true, gitProgram: wrapper.program };
    const worker = startProgram(program.path, { options, request });
    await wrapper.paused();
    await worker.kill();
    await wrapper.resume();
    const { workspace, dispose } = await workspaces.prepare(request, neverAborted);
    expect(workspace.baseCommit).toBe(await remote.headOf("main"));
    expect(await readdir(join(workspace.directory, "src"))).toHaveLength(300);
    await writeFile(join(workspace.directory, "README.md"), "changed\n");
    const result = await workspace.commit({ message: "Change", at: new Date(0) }, neverAborted);
    expect(result).toMatchObject({ status: "committed", diffStat: expect.stringContaining("1 file changed") });
    await dispose();
    await wrapper.dispose();
  },
);

test("a worker killed after any git command, several times, never stops the next one", async () => {
  const { remote, workspaces, directory } = subject;
  const request = workspaceRequest(remote);
  for (const count of [2, 4, 6, 8]) {
    await remote.seed("main", { "README.md": `${count}\n` });
    const wrapper = await createGitWrapper();
    const options = { directory, allowHttp: true, gitProgram: wrapper.program };
    const worker = startProgram(program.path, { options, request });
    await eventually(`${count} commands`, async () => ((await wrapper.calls()).length >= count ? true : null));
    await worker.kill();
    const { workspace, dispose } = await workspaces.prepare(request, neverAborted);
    expect(await readFile(join(workspace.directory, "README.md"), "utf8")).toBe(`${count}\n`);
    await dispose();
    await wrapper.dispose();
  }
});

test("the tree of a killed worker is replaced by the next attempt, and its home is kept", async () => {
  const { remote, workspaces, directory } = subject;
  const request = workspaceRequest(remote);
  const worker = startProgram(program.path, { options: { directory, allowHttp: true }, request });
  const made = JSON.parse((await worker.firstLine) ?? "null");
  await writeFile(join(made.directory, "half-done.txt"), "half\n");
  await writeFile(join(made.directory, "../home/session.json"), "{}");
  await worker.kill();
  const { workspace, dispose } = await workspaces.prepare(request, neverAborted);
  expect(workspace.directory).toBe(made.directory);
  expect((await readdir(workspace.directory)).sort()).toEqual([".git", "README.md", "src"]);
  expect(await readdir(workspace.homeDirectory)).toEqual(["session.json"]);
  await dispose();
  const root = join(workspace.directory, "..");
  expect((await readdir(root)).sort()).toEqual(["home", "lock"]);
});

test("two processes on one directory prepare tasks of one repository at once", async () => {
  const { remote, workspaces, directory } = subject;
  const start = () => {
    const request = workspaceRequest(remote);
    return startProgram(program.path, { options: { directory, allowHttp: true }, request });
  };
  const others = [start(), start(), start()];
  const mine = await workspaces.prepare(workspaceRequest(remote), neverAborted);
  const lines = await Promise.all(others.map(({ firstLine }) => firstLine));
  const trees = [mine.workspace.directory, ...lines.map((line) => JSON.parse(line ?? "null").directory)];
  expect(new Set(trees).size).toBe(4);
  for (const tree of trees) expect(await readdir(join(tree, "src"))).toHaveLength(300);
  await Promise.all(others.map((other) => other.kill()));
  await mine.dispose();
});
