import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { AgentBotError } from "@agentbot/core";
import { createCleanupStack } from "@agentbot/core/adapter";
import { workspaceRequest } from "@agentbot/core/testing";
import { expect, onTestFinished, test } from "vitest";
import { createSubject, neverAborted } from "../fixtures/create-subject.js";

/** A subject, and the address of a server that answers requests of these paths by this status, others as the remote does. */
async function startAnswering(status: number, path: RegExp, words = "Elsewhere\n") {
  const cleanup = createCleanupStack();
  onTestFinished(() => cleanup.run());
  const subject = await createSubject();
  cleanup.push(() => subject.dispose());
  await subject.remote.seed("main", { "README.md": "hello\n" });
  const { origin } = new URL(subject.remote.url);
  const server = createServer(async (request, response) => {
    if (path.test(request.url ?? "")) {
      response
        .writeHead(status, { location: `${origin}/octocat/hello-there.git`, "content-type": "text/plain" })
        .end(words);
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk as Uint8Array));
    const { host: _host, "content-length": _length, connection: _connection, ...headers } = request.headers;
    const answer = await fetch(`${origin}${request.url}`, {
      method: request.method ?? "GET",
      headers: headers as Record<string, string>,
      ...(request.method === "POST" ? { body: Buffer.concat(chunks) } : {}),
    });
    response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "" });
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanup.push(() => void server.close());
  const gitUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/octocat/hello.git`;
  return { ...subject, credential: { ...subject.remote.credential, gitUrl } };
}

async function failureOf(work: Promise<unknown>): Promise<AgentBotError> {
  const error = await work.catch((reason: unknown) => reason);
  if (!AgentBotError.isInstance(error)) throw new Error("expected an AgentBotError", { cause: error });
  return error;
}

const answers = [
  [301, { isRetryable: true, details: { kind: "moved", answer: "it has moved to another address." } }],
  [302, { isRetryable: true, details: { kind: "moved" } }],
  [307, { isRetryable: true, details: { kind: "moved" } }],
  [308, { isRetryable: true, details: { kind: "moved" } }],
  [410, { isRetryable: false, details: { kind: "gone", answer: "it is gone, or switched off there." } }],
  [451, { isRetryable: false, details: { kind: "blocked", answer: "it was taken down for legal reasons." } }],
] as const;

test.each(answers)("a server that answers a fetch with %i has no outage", async (status, failure) => {
  const { workspaces, remote, credential } = await startAnswering(status, /./);
  const error = await failureOf(workspaces.prepare(workspaceRequest(remote, { credential }), neverAborted));
  expect(error).toMatchObject({ code: "GIT_FAILED", isOutage: false, ...failure });
});

/** The error of pushing a change to this server. */
async function pushFailure({ workspaces, remote, credential }: Awaited<ReturnType<typeof startAnswering>>) {
  const request = workspaceRequest(remote, { credential });
  const { workspace, dispose } = await workspaces.prepare(request, neverAborted);
  await writeFile(join(workspace.directory, "README.md"), "changed\n");
  const result = await workspace.commit({ message: "Change", at: new Date(0) }, neverAborted);
  if (result.status !== "committed") throw new Error("nothing was committed");
  const publication = { branch: `agentbot/${request.taskId}`, credential, commit: result.commit };
  const error = await failureOf(workspace.publish(publication, neverAborted));
  await dispose();
  return error;
}

test.each(answers)("a server that answers a push with %i has no outage", async (status, failure) => {
  const error = await pushFailure(await startAnswering(status, /\/git-receive-pack$/));
  expect(error).toMatchObject({ code: "GIT_FAILED", isOutage: false, ...failure });
});

const archived = "This repository was archived so it is read-only.";

test("a push to an archived repository is refused once, with the server's reason", async () => {
  const error = await pushFailure(await startAnswering(403, /service=git-receive-pack/, `${archived}\n`));
  const refused = { code: "GIT_AUTHENTICATION_FAILED", isRetryable: false, isOutage: false };
  expect(error).toMatchObject({ ...refused, details: { answer: archived } });
});

test("a fetch that a rule of the host forbids is refused once, with its reason", async () => {
  const rule = "The 'octocat' organization has an IP allow list enabled.";
  const { workspaces, remote, credential } = await startAnswering(403, /./, `${rule}\n`);
  const error = await failureOf(workspaces.prepare(workspaceRequest(remote, { credential }), neverAborted));
  expect(error).toMatchObject({ code: "GIT_AUTHENTICATION_FAILED", isRetryable: false, details: { answer: rule } });
});
