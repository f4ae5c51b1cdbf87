import { readdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { AgentBotError } from "@agentbot/core";
import { workspaceRequest } from "@agentbot/core/testing";
import { afterEach, expect, test } from "vitest";
import { createGitWrapper } from "../fixtures/create-git-wrapper.js";
import { createSubject, neverAborted, type TestSubject } from "../fixtures/create-subject.js";

let subject: TestSubject;

afterEach(() => subject.dispose());

async function contentsOf(directory: string): Promise<string> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return (await Promise.all(files.map((file) => readFile(file, "latin1")))).join("\n");
}

async function failureOf(work: Promise<unknown>): Promise<AgentBotError> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!AgentBotError.isInstance(error)) throw new Error("expected an AgentBotError", { cause: error });
  return error;
}

test("after a task that fetched and pushed, the token is in no file and was in no argument", async () => {
  const wrapper = await createGitWrapper();
  subject = await createSubject({ gitProgram: wrapper.program });
  const { workspaces, remote, directory } = subject;
  await remote.seed("main", { "README.md": "hello\n" });
  const request = workspaceRequest(remote);
  const { workspace, dispose } = await workspaces.prepare(request, neverAborted);
  await writeFile(join(workspace.directory, "README.md"), "changed\n");
  const result = await workspace.commit({ message: "Change", at: new Date(0) }, neverAborted);
  if (result.status !== "committed") throw new Error("nothing was committed");
  const publication = { branch: `agentbot/${request.taskId}`, credential: remote.credential };
  await workspace.publish({ ...publication, commit: result.commit }, neverAborted);

  const calls = await wrapper.calls();
  expect(calls.map(([command]) => command)).toEqual(expect.arrayContaining(["fetch", "push", "ls-remote"]));
  const evidence = `${calls.flat().join("\n")}\n${await contentsOf(directory)}`;
  expect(evidence).toContain("refs/remotes/origin/main");
  for (const secret of [remote.token, remote.credential.authorization.slice("Basic ".length)]) {
    expect(evidence).not.toContain(secret);
  }
  await dispose();
  await wrapper.dispose();
});

test("an error's message has neither token nor header, even if the server echoes them", async () => {
  subject = await createSubject();
  const { remote, workspaces } = subject;
  const server = createServer((request, response) => {
    response.writeHead(500, { "content-type": "text/plain" }).end(`you sent ${request.headers.authorization}\n`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const gitUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/octocat/hello.git`;
  const echoing = { ...remote.credential, gitUrl };
  const error = await failureOf(workspaces.prepare(workspaceRequest(remote, { credential: echoing }), neverAborted));
  expect([error.code, error.isRetryable]).toEqual(["GIT_FAILED", true]);
  expect(error.message).toMatch(/Fetching octocat\/hello failed: .*500/);
  expect(JSON.stringify([error.message, error.details, String(error.cause)])).not.toContain(remote.token);
  expect(error.message).not.toContain(remote.credential.authorization.slice(6));
  server.close();
});

test("a redirect is not followed, so the credential reaches no other host", async () => {
  subject = await createSubject();
  const { remote, workspaces } = subject;
  await remote.seed("main", { "README.md": "hello\n" });
  const server = createServer((request, response) => {
    response.writeHead(302, { location: `${remote.url.replace("/octocat/hello.git", "")}${request.url}` }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const gitUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/octocat/hello.git`;
  const credential = { ...remote.credential, gitUrl };
  const error = await failureOf(workspaces.prepare(workspaceRequest(remote, { credential }), neverAborted));
  expect(error.code).toBe("GIT_FAILED");
  expect(remote.requestCount()).toBe(0);
  server.close();
});

test("plain http is refused unless it is allowed", async () => {
  subject = await createSubject({ allowHttp: false });
  const error = await failureOf(subject.workspaces.prepare(workspaceRequest(subject.remote), neverAborted));
  expect(error.code).toBe("GIT_NAME_INVALID");
  expect(error.message).toMatch(/https/);
});
