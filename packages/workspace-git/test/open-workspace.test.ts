import { access, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { rejectsWithCode, workspaceRequest } from "@agentbot/core/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { acquireTicketLock } from "../src/lock/ticket-lock.js";
import { createSubject, type TestSubject } from "./fixtures/create-subject.js";

const { signal } = new AbortController();
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
  const old = await workspaces.prepare(request);
  await writeFile(join(old.workspace.directory, "README.md"), "changed\n");
  const result = await old.workspace.commit({ message: "Change", at, signal });
  if (result.status !== "committed") throw new Error("nothing was committed");
  const newer = await acquireTicketLock(join(old.workspace.directory, "../lock"), { signal, takeOverAfterMs: 0 });

  const { commit, bundle } = result;
  const branch = `agentbot/${request.taskId}`;
  await rejectsWithCode(old.workspace.commit({ message: "Change", at, signal }), "GIT_FAILED");
  await rejectsWithCode(old.workspace.restore(bundle, commit, signal), "GIT_FAILED");
  const published = old.workspace.publish({ branch, commit, credential: remote.credential, signal });
  await rejectsWithCode(published, "GIT_FAILED");
  await old.dispose();
  await access(old.workspace.directory);
  expect(await remote.headOf(branch)).toBeNull();
  await newer.release();
});

test("a disposed workspace refuses work in words that say why", async () => {
  const { workspace, dispose } = await subject.workspaces.prepare(workspaceRequest(subject.remote));
  await dispose();
  await expect(workspace.commit({ message: "x", at, signal })).rejects.toThrow(/taken over .* or removed/);
});

test("dispose leaves the thread's home and the mirror, and nothing of the task", async () => {
  const { workspaces, remote, directory } = subject;
  const request = workspaceRequest(remote);
  const { dispose } = await workspaces.prepare(request);
  await Promise.all([dispose(), dispose()]);
  expect((await readdir(join(directory, "threads", request.installationId, request.threadId))).sort()).toEqual([
    "home",
    "lock",
  ]);
  expect(await readdir(join(directory, "mirrors", request.installationId))).toEqual(["github-1296269"]);
});
