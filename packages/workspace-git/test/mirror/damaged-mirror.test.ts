import { readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { workspaceRequest } from "@agentbot/core/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createGitWrapper } from "../fixtures/create-git-wrapper.js";
import { createSubject, neverAborted, type TestSubject } from "../fixtures/create-subject.js";

let subject: TestSubject;

beforeEach(async () => {
  subject = await createSubject();
  await subject.remote.seed("main", { "README.md": "hello\n" });
});
afterEach(() => subject.dispose());

async function generations(): Promise<{ path: string; numbers: string[] }> {
  const path = join(subject.directory, "mirrors/github/1/1296269/generations");
  return { path, numbers: (await readdir(path)).sort() };
}

const damages: readonly (readonly [string, (mirror: string) => Promise<void>])[] = [
  ["that lost its HEAD", (mirror) => rm(join(mirror, "HEAD"))],
  ["with the lock of a killed fetch", (mirror) => writeFile(join(mirror, "refs/remotes/origin/main.lock"), "")],
  ["whose configuration is garbage", (mirror) => writeFile(join(mirror, "config"), "[core\n")],
  ["whose objects are gone", (mirror) => rm(join(mirror, "objects"), { recursive: true })],
];

test.each(damages)("a mirror %s is replaced by a new one", async (_name, damage) => {
  const { workspaces, remote } = subject;
  const first = workspaceRequest(remote);
  await (await workspaces.prepare(first, neverAborted)).dispose();
  await damage(join((await generations()).path, "1"));
  await remote.seed("main", { "README.md": "newer\n" });
  const { workspace, dispose } = await workspaces.prepare(workspaceRequest(remote), neverAborted);
  expect(await readFile(join(workspace.directory, "README.md"), "utf8")).toBe("newer\n");
  await dispose();
  await (await workspaces.prepare(workspaceRequest(remote), neverAborted)).dispose();
  expect((await generations()).numbers).toEqual(["2"]);
});

test("a mirror whose objects are cut short, with nothing new to fetch, is replaced by a new one", async () => {
  const { workspaces, remote } = subject;
  const first = workspaceRequest(remote);
  await (await workspaces.prepare(first, neverAborted)).dispose();
  const { path } = await generations();
  for (const entry of await readdir(join(path, "1/objects"), { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) await truncate(join(entry.parentPath, entry.name), 5);
  }
  const { workspace, dispose } = await workspaces.prepare(workspaceRequest(remote), neverAborted);
  expect(await readFile(join(workspace.directory, "README.md"), "utf8")).toBe("hello\n");
  await dispose();
});

test("a mirror that is replaced stays for the task that borrows from it", async () => {
  const { workspaces, remote } = subject;
  const first = workspaceRequest(remote);
  const running = await workspaces.prepare(first, neverAborted);
  await rm(join((await generations()).path, "1", "HEAD"));
  await (await workspaces.prepare(workspaceRequest(remote), neverAborted)).dispose();
  expect((await generations()).numbers).toEqual(["1", "2"]);
  await writeFile(join(running.workspace.directory, "README.md"), "changed\n");
  const result = await running.workspace.commit({ message: "Change", at: new Date(0) }, neverAborted);
  expect(result.status).toBe("committed");
  await running.dispose();
  await (await workspaces.prepare(workspaceRequest(remote), neverAborted)).dispose();
  expect((await generations()).numbers).toEqual(["2"]);
});

test("a refused credential and an unreachable server leave the mirror alone", async () => {
  const { workspaces, remote } = subject;
  const first = workspaceRequest(remote);
  await (await workspaces.prepare(first, neverAborted)).dispose();
  const unreachable = { ...remote.credential, gitUrl: "http://127.0.0.1:9/octocat/hello.git" };
  for (const credential of [remote.refusedCredential, unreachable]) {
    const request = workspaceRequest(remote, { credential });
    await expect(workspaces.prepare(request, neverAborted)).rejects.toMatchObject({ isRetryable: true });
  }
  expect((await generations()).numbers).toEqual(["1"]);
});

test("a base commit in the mirror is used without a request, one that no branch leads to is fetched", async () => {
  const { workspaces, remote } = subject;
  const first = workspaceRequest(remote);
  const one = await workspaces.prepare(first, neverAborted);
  const { baseCommit } = one.workspace;
  await one.dispose();
  await remote.seed("main", { "README.md": "newer\n" });
  const before = remote.requestCount();
  const two = await workspaces.prepare(workspaceRequest(remote, { baseCommit }), neverAborted);
  expect([two.workspace.baseCommit, remote.requestCount()]).toEqual([baseCommit, before]);
  await two.dispose();

  const orphan = await remote.seed("gone", { "orphan.txt": "1\n" });
  await remote.git("update-ref", "-d", "refs/heads/gone");
  const three = await workspaces.prepare(workspaceRequest(remote, { baseCommit: orphan }), neverAborted);
  expect(await readdir(three.workspace.directory)).toContain("orphan.txt");
  await three.dispose();
});

test("a branch that became a directory of branches at the server is fetched", async () => {
  const { workspaces, remote } = subject;
  await remote.seed("topic", { "topic.txt": "1\n" });
  await (await workspaces.prepare(workspaceRequest(remote), neverAborted)).dispose();
  await remote.git("update-ref", "-d", "refs/heads/topic");
  const nested = await remote.seed("topic/nested", { "nested.txt": "1\n" });
  const request = workspaceRequest(remote, { baseBranch: "topic/nested" });
  const { workspace, dispose } = await workspaces.prepare(request, neverAborted);
  expect(workspace.baseCommit).toBe(nested);
  await dispose();
  expect((await generations()).numbers).toEqual(["1"]);
});

test("an aborted prepare ends at once and leaves no tree", async () => {
  const wrapper = await createGitWrapper("fetch");
  const slow = await createSubject({ gitProgram: wrapper.program });
  await slow.remote.seed("main", { "README.md": "hello\n" });
  const abort = new AbortController();
  const request = workspaceRequest(slow.remote);
  const preparing = slow.workspaces.prepare(request, { signal: abort.signal });
  await Promise.all([
    expect(preparing).rejects.toThrow("enough"),
    wrapper.paused().then(() => abort.abort(new Error("enough"))),
  ]);
  const root = join(slow.directory, "threads/github/1/1296269", request.threadId);
  expect((await readdir(root)).sort()).toEqual(["home", "lock"]);
  await slow.dispose();
  await wrapper.dispose();
});
