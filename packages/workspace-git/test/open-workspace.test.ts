import { access, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { rejectsWithCode, workspaceRequest } from "@agentbot/core/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { acquireTicketLock } from "../src/ticket-lock.js";
import { createSubject, neverAborted, type TestSubject } from "./fixtures/create-subject.js";

const at = new Date(0);
let subject: TestSubject;

beforeEach(async () => {
  subject = await createSubject();
  await subject.remote.seed("main", { "README.md": "hello\n" });
});
afterEach(() => subject.dispose());

test("a worker whose place was taken over can neither commit nor publish nor remove the newer attempt's tree", async () => {
  const { workspaces, remote } = subject;
  const request = workspaceRequest(remote);
  const old = await workspaces.prepare(request, neverAborted);
  await writeFile(join(old.workspace.directory, "README.md"), "changed\n");
  const result = await old.workspace.commit({ message: "Change", at }, neverAborted);
  if (result.status !== "committed") throw new Error("nothing was committed");
  const newer = await acquireTicketLock(join(old.workspace.directory, "../lock"), {
    ...neverAborted,
    takeOverAfterMs: 0,
  });

  const { commit, bundle } = result;
  const branch = `agentbot/${request.taskId}`;
  await rejectsWithCode(old.workspace.commit({ message: "Change", at }, neverAborted), "GIT_FAILED");
  await rejectsWithCode(old.workspace.restore(bundle, commit, neverAborted), "GIT_FAILED");
  const published = old.workspace.publish({ branch, commit, credential: remote.credential }, neverAborted);
  await rejectsWithCode(published, "GIT_FAILED");
  await old.dispose();
  await access(old.workspace.directory);
  expect(await remote.headOf(branch)).toBeNull();
  await newer.release();
});

test("a disposed workspace refuses work with the reason", async () => {
  const { workspace, dispose } = await subject.workspaces.prepare(workspaceRequest(subject.remote), neverAborted);
  await dispose();
  await expect(workspace.commit({ message: "x", at }, neverAborted)).rejects.toThrow(/taken over .* or removed/);
});

test("dispose leaves the thread's home, the mirror and the cache, and nothing of the task", async () => {
  const { workspaces, remote, directory } = subject;
  const request = workspaceRequest(remote);
  const { dispose } = await workspaces.prepare(request, neverAborted);
  await Promise.all([dispose(), dispose()]);
  expect((await readdir(join(directory, "threads/github/1/1296269", request.threadId))).sort()).toEqual([
    "home",
    "lock",
  ]);
  expect(await readdir(join(directory, "mirrors/github/1"))).toEqual(["1296269"]);
});
