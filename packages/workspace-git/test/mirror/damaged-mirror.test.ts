import { readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { workspaceRequest } from "@agentbot/core/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createGitWrapper } from "../fixtures/create-git-wrapper.js";
import { createSubject, type TestSubject } from "../fixtures/create-subject.js";

let subject: TestSubject;
const { signal } = new AbortController();

beforeEach(async () => {
  subject = await createSubject();
  await subject.remote.seed("main", { "README.md": "hello\n" });
});
afterEach(() => subject.dispose());

async function generations(installationId: string): Promise<{ path: string; numbers: string[] }> {
  const path = join(subject.directory, "mirrors", installationId, "github-1296269", "generations");
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
  const { installationId } = first;
  await (await workspaces.prepare(first)).dispose();
  await damage(join((await generations(installationId)).path, "1"));
  await remote.seed("main", { "README.md": "newer\n" });
  const { workspace, dispose } = await workspaces.prepare(workspaceRequest(remote, { installationId }));
  expect(await readFile(join(workspace.directory, "README.md"), "utf8")).toBe("newer\n");
  await dispose();
  await (await workspaces.prepare(workspaceRequest(remote, { installationId }))).dispose();
  expect((await generations(installationId)).numbers).toEqual(["2"]);
});

test("a mirror whose objects are cut short, with nothing new to fetch, is replaced by a new one", async () => {
  const { workspaces, remote } = subject;
  const first = workspaceRequest(remote);
  const { installationId } = first;
  await (await workspaces.prepare(first)).dispose();
  const { path } = await generations(installationId);
  for (const entry of await readdir(join(path, "1/objects"), { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) await truncate(join(entry.parentPath, entry.name), 5);
  }
  const { workspace, dispose } = await workspaces.prepare(workspaceRequest(remote, { installationId }));
  expect(await readFile(join(workspace.directory, "README.md"), "utf8")).toBe("hello\n");
  await dispose();
});

test("a mirror that is replaced stays for the task that borrows from it", async () => {
  const { workspaces, remote } = subject;
  const first = workspaceRequest(remote);
  const { installationId } = first;
  const running = await workspaces.prepare(first);
  await rm(join((await generations(installationId)).path, "1", "HEAD"));
  await (await workspaces.prepare(workspaceRequest(remote, { installationId }))).dispose();
  expect((await generations(installationId)).numbers).toEqual(["1", "2"]);
  await writeFile(join(running.workspace.directory, "README.md"), "changed\n");
  const result = await running.workspace.commit({ message: "Change", at: new Date(0), signal });
  expect(result.status).toBe("committed");
  await running.dispose();
  await (await workspaces.prepare(workspaceRequest(remote, { installationId }))).dispose();
  expect((await generations(installationId)).numbers).toEqual(["2"]);
});

test("a refused credential and an unreachable server leave the mirror alone", async () => {
  const { workspaces, remote } = subject;
  const first = workspaceRequest(remote);
  const { installationId } = first;
  await (await workspaces.prepare(first)).dispose();
  const unreachable = { ...remote.credential, gitUrl: "http://127.0.0.1:9/octocat/hello.git" };
  for (const credential of [remote.refusedCredential, unreachable]) {
    const request = workspaceRequest(remote, { installationId, credential });
    await expect(workspaces.prepare(request)).rejects.toMatchObject({ isRetryable: true });
  }
  expect((await generations(installationId)).numbers).toEqual(["1"]);
});

test("a base commit the mirror has is used without asking the server, one that no branch leads to is fetched", async () => {
  const { workspaces, remote } = subject;
  const first = workspaceRequest(remote);
  const { installationId } = first;
  const one = await workspaces.prepare(first);
  const { baseCommit } = one.workspace;
  await one.dispose();
  await remote.seed("main", { "README.md": "newer\n" });
  const asked = remote.requestCount();
  const two = await workspaces.prepare(workspaceRequest(remote, { installationId, baseCommit }));
  expect([two.workspace.baseCommit, remote.requestCount()]).toEqual([baseCommit, asked]);
  await two.dispose();

  const orphan = await remote.seed("gone", { "orphan.txt": "1\n" });
  await remote.git("update-ref", "-d", "refs/heads/gone");
  const three = await workspaces.prepare(workspaceRequest(remote, { installationId, baseCommit: orphan }));
  expect(await readdir(three.workspace.directory)).toContain("orphan.txt");
  await three.dispose();
});

test("branches that changed shape at the server are followed", async () => {
  const { workspaces, remote } = subject;
  const { installationId } = workspaceRequest(remote);
  await remote.seed("topic", { "topic.txt": "1\n" });
  await (await workspaces.prepare(workspaceRequest(remote, { installationId }))).dispose();
  await remote.git("update-ref", "-d", "refs/heads/topic");
  const nested = await remote.seed("topic/nested", { "nested.txt": "1\n" });
  const request = workspaceRequest(remote, { installationId, baseBranch: "topic/nested" });
  const { workspace, dispose } = await workspaces.prepare(request);
  expect(workspace.baseCommit).toBe(nested);
  await dispose();
  expect((await generations(installationId)).numbers).toEqual(["1"]);
});

test("an aborted prepare ends at once and leaves no tree", async () => {
  const wrapper = await createGitWrapper("fetch");
  const slow = await createSubject({ gitProgram: wrapper.program });
  await slow.remote.seed("main", { "README.md": "hello\n" });
  const abort = new AbortController();
  const request = workspaceRequest(slow.remote, { signal: abort.signal });
  const preparing = slow.workspaces.prepare(request);
  await Promise.all([
    expect(preparing).rejects.toThrow("enough"),
    wrapper.paused().then(() => abort.abort(new Error("enough"))),
  ]);
  const root = join(slow.directory, "threads", request.installationId, request.threadId);
  expect((await readdir(root)).sort()).toEqual(["home", "lock"]);
  await slow.dispose();
  await wrapper.dispose();
});
