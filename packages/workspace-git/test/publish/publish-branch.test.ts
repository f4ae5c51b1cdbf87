import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Workspace } from "@agentbot/core";
import { rejectsWithCode, workspaceRequest } from "@agentbot/core/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createGitWrapper } from "../fixtures/create-git-wrapper.js";
import { createSubject, neverAborted, type TestSubject } from "../fixtures/create-subject.js";
import { startLossyProxy } from "../fixtures/lossy-proxy.js";

let subject: TestSubject;

beforeEach(async () => {
  subject = await createSubject();
  await subject.remote.seed("main", { "README.md": "hello\n" });
});
afterEach(() => subject.dispose());

async function committed(from = subject): Promise<{ workspace: Workspace; branch: string; commit: string }> {
  const request = workspaceRequest(from.remote);
  const { workspace } = await from.workspaces.prepare(request, neverAborted);
  await writeFile(join(workspace.directory, "README.md"), "changed\n");
  const result = await workspace.commit({ message: "Change", at: new Date(0) }, neverAborted);
  if (result.status !== "committed") throw new Error("nothing was committed");
  return { workspace, branch: `agentbot/${request.taskId}`, commit: result.commit };
}

test("a push whose answer was lost has succeeded", async () => {
  const { remote } = subject;
  const { workspace, branch, commit } = await committed();
  const proxy = await startLossyProxy(remote.url);
  const credential = { ...remote.credential, gitUrl: `${proxy.url}/octocat/hello.git` };
  await workspace.publish({ branch, commit, credential }, neverAborted);
  expect(await remote.headOf(branch)).toBe(commit);
  proxy.close();
});

test("a branch that another client makes between the check and the push is not moved, even if git could fast-forward it", async () => {
  const wrapper = await createGitWrapper("push");
  const slow = await createSubject({ gitProgram: wrapper.program });
  await slow.remote.seed("main", { "README.md": "hello\n" });
  const { workspace, branch, commit } = await committed(slow);
  const publishing = workspace.publish({ branch, commit, credential: slow.remote.credential }, neverAborted);
  const race = async (): Promise<void> => {
    await wrapper.paused();
    await slow.remote.git("branch", branch, "main");
    await wrapper.resume();
  };
  await Promise.all([rejectsWithCode(publishing, "BRANCH_CONFLICT"), race()]);
  expect(await slow.remote.headOf(branch)).toBe(workspace.baseCommit);
  await slow.dispose();
  await wrapper.dispose();
});

const declined = [
  "remote: error: GH013: Repository rule violations found for refs/heads/x.",
  "remote: - Commits must have verified signatures.",
] as const;

test("a push that the server's rules decline is a final error with the server's words", async () => {
  const { remote } = subject;
  const { workspace, branch, commit } = await committed();
  await mkdir(join(remote.directory, "hooks"), { recursive: true });
  const words = declined.map((line) => `echo '${line.slice("remote: ".length)}' ${remote.token} >&2`);
  await writeFile(join(remote.directory, "hooks/pre-receive"), `#!/bin/sh\n${words.join("\n")}\nexit 1\n`);
  await chmod(join(remote.directory, "hooks/pre-receive"), 0o755);
  await remote.git("config", "core.hooksPath", join(remote.directory, "hooks"));
  const published = workspace.publish({ branch, commit, credential: remote.credential }, neverAborted);
  await expect(published).rejects.toMatchObject({ code: "PUSH_REFUSED", isRetryable: false });
  await expect(published).rejects.toThrow(/GH013: .* verified signatures.* pre-receive hook declined/);
  await expect(published).rejects.not.toThrow(remote.token);
});

test.each([
  ["agentbot", "agentbot/"],
  ["bots", "bots/of/us-"],
  ["bots/of", "bots/of/us-"],
])(
  "a repository with the branch %s, beside which %s… cannot exist, is refused before there is work to lose",
  async (name, prefix) => {
    const { remote, workspaces } = subject;
    await remote.git("branch", name, "main");
    const { taskId } = workspaceRequest(remote);
    const request = workspaceRequest(remote, { taskId, branch: `${prefix}${taskId}` });
    const prepared = workspaces.prepare(request, neverAborted);
    await expect(prepared).rejects.toMatchObject({ code: "PUSH_REFUSED", isRetryable: false });
    await expect(prepared).rejects.toThrow(`a branch named ${name},`);
  },
);

test("another branch whose name ends like the task's, which git would move instead, stays as it is", async () => {
  const { remote } = subject;
  const { workspace, branch, commit } = await committed();
  await remote.git("update-ref", `refs/heads/refs/heads/${branch}`, workspace.baseCommit);
  const publication = { branch, commit, credential: remote.credential };
  await expect(workspace.publish(publication, neverAborted)).rejects.toMatchObject({ code: "BRANCH_CONFLICT" });
  await expect(workspace.publish(publication, neverAborted)).rejects.toThrow(/refs\/heads\/refs\/heads\/agentbot/);
  expect(await remote.headOf(`refs/heads/${branch}`)).toBe(workspace.baseCommit);
  await remote.git("update-ref", "-d", `refs/heads/refs/heads/${branch}`);
  await workspace.publish(publication, neverAborted);
  expect(await remote.headOf(branch)).toBe(commit);
});

test("an unreachable server is a retryable error, and a missing commit is not published", async () => {
  const { workspace, branch, commit } = await committed();
  const { remote } = subject;
  const credential = { ...remote.credential, gitUrl: "http://127.0.0.1:9/octocat/hello.git" };
  const published = workspace.publish({ branch, commit, credential }, neverAborted);
  await expect(published).rejects.toMatchObject({ code: "GIT_FAILED", isRetryable: true });
  const unknown = "0123456789".repeat(4);
  const missing = workspace.publish({ branch, commit: unknown, credential: remote.credential }, neverAborted);
  await rejectsWithCode(missing, "GIT_FAILED");
  await rejectsWithCode(
    workspace.publish({ branch, commit: "HEAD", credential: remote.credential }, neverAborted),
    "GIT_NAME_INVALID",
  );
  expect(await remote.headOf(branch)).toBeNull();
});
