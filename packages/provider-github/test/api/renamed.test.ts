import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { AgentBotError } from "@agentbot/core";
import { rejectsWithCode } from "@agentbot/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { FakeGitHub } from "../../src/testing/index.js";
import {
  actorOf,
  hello,
  hubot,
  octocat,
  originAt,
  providerOf,
  repository,
  startHello,
  unaborted,
  viewOf,
} from "../fixtures/hello-world.js";

const other = { ...hello, id: 2, name: "other", collaborators: {}, files: {} };
const request = { origin: originAt(7), taskId: "1" };

let github: FakeGitHub;
beforeEach(async () => {
  github = await startHello({ repositories: [hello, other] });
});
afterEach(() => github.close());

/** Uses every role as a task does that was recorded under the former name. */
async function work({ conversation, codeHost }: ReturnType<typeof providerOf>): Promise<void> {
  expect(await codeHost.permission(repository, actorOf(octocat), unaborted)).toBe("admin");
  expect(await codeHost.readFile(repository, ".github/agentbot.yml", unaborted)).toBe("enabled: true\n");
  await conversation.acknowledge(request.origin, unaborted);
  const posted = await conversation.postStatus({ ...request, view: viewOf("on it") }, unaborted);
  await conversation.updateStatus({ ...request, id: posted.id, view: viewOf("done") }, unaborted);
  expect(await conversation.findStatus(request, unaborted)).toMatchObject([{ id: posted.id }]);
  const draft = { headBranch: "agentbot/1", baseBranch: "main", title: "A change", body: "" };
  const opened = await codeHost.openPullRequest(repository, draft, unaborted);
  expect(await codeHost.openPullRequest(repository, draft, unaborted)).toEqual(opened);
  expect(await codeHost.findPullRequest(repository, { headBranch: "agentbot/1" }, unaborted)).toEqual(opened);
  expect(await codeHost.findPullRequest(repository, { number: opened.number }, unaborted)).toEqual(opened);
}

describe("A task recorded under a repository's former name", () => {
  test.each([
    ["a repository was renamed", { name: "hello-there" }, "octocat/hello-there"],
    ["its owner was renamed", { owner: "mona" }, "mona/hello-world"],
    ["both were", { owner: "mona", name: "hello-there" }, "mona/hello-there"],
  ])("is worked on after %s, with one comment, reaction and pull request there", async (_, to, path) => {
    github.renameRepository(hello.id, to);
    const provider = providerOf(github);
    await work(provider);
    const credential = await provider.codeHost.credentials(repository, unaborted);
    expect(credential).toMatchObject({ path, gitUrl: `${github.url}/${path}.git` });
    expect(credential.branchUrl("agentbot/1")).toBe(`${github.url}/${path}/tree/agentbot/1`);
    const written = [github.comments, github.reactions, github.pullRequests].map((all) =>
      all.map((each) => each.repository),
    );
    expect(written).toEqual([[path], [path], [path]]);
    // The name came with the token, so that nothing was redirected.
    expect(github.requests.filter(({ status }) => status === 301)).toEqual([]);
  });

  test("is worked on with the token of before the rename, whose calls are redirected", async () => {
    const provider = providerOf(github);
    await provider.codeHost.readFile(repository, ".github/agentbot.yml", unaborted);
    github.renameRepository(hello.id, { owner: "mona", name: "hello-there" });
    await work(provider);
    expect(github.comments).toMatchObject([{ repository: "mona/hello-there" }]);
    expect(github.tokens).toHaveLength(1);
    expect(github.requests.filter(({ status }) => status === 301).length).toBeGreaterThan(0);
  });

  test("is never worked on in another repository that has taken the name", async () => {
    const provider = providerOf(github);
    await provider.codeHost.readFile(repository, ".github/agentbot.yml", unaborted);
    github.renameRepository(hello.id, { name: "hello-there" });
    github.renameRepository(other.id, { name: hello.name });
    await work(provider);
    expect(github.comments).toMatchObject([{ repository: "octocat/hello-there" }]);
    expect(github.pullRequests).toMatchObject([{ repository: "octocat/hello-there" }]);
    const asked = github.requests.filter(({ path }) => path === `/repositories/${hello.id}`);
    expect(asked).toHaveLength(1);
  });

  test("is refused for good once the repository belongs to an owner without the App", async () => {
    const installations = [{ id: 1, repositoryIds: [other.id] }];
    const moved = await startHello({ repositories: [hello, other], installations });
    const { codeHost, conversation } = providerOf(moved);
    await rejectsWithCode(codeHost.credentials(repository, unaborted), "PROVIDER_REJECTED");
    await rejectsWithCode(conversation.findStatus(request, unaborted), "PROVIDER_REJECTED");
    await moved.close();
  });
});

describe("A redirect", () => {
  const comments = /\/issues\/7\/comments$/;

  test.each([301, 302, 307, 308])("%i of the same address is followed with method and body", async (status) => {
    const location = `${github.apiUrl}/repositories/${hello.id}/issues/7/comments`;
    github.fail({ method: "POST", path: comments, status, headers: { location } });
    await providerOf(github).conversation.postStatus({ ...request, view: viewOf("on it") }, unaborted);
    expect(github.comments).toMatchObject([{ body: expect.stringContaining("on it") }]);
  });

  test("to another host is not followed, so that the credential stays here", async () => {
    const received: string[] = [];
    const stranger = createServer((incoming, response) => {
      received.push(incoming.headers.authorization ?? "");
      response.end("{}");
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => stranger.once("listening", resolve));
    const address = `http://127.0.0.1:${(stranger.address() as AddressInfo).port}`;
    github.fail({ path: /.*/, status: 302, headers: { location: `${address}/elsewhere` }, times: 100 });
    const { codeHost } = providerOf(github);
    const error = await codeHost.credentials(repository, unaborted).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "PROVIDER_REJECTED", isOutage: false });
    expect(String(error)).toContain(`redirects to ${new URL(address).host} (302)`);
    github.clearFaults();
    github.fail({ path: /contents/, status: 301, headers: { location: `${address}/elsewhere` }, times: 100 });
    await rejectsWithCode(codeHost.readFile(repository, "README.md", unaborted), "PROVIDER_REJECTED");
    expect(received).toEqual([]);
    stranger.close();
  });

  test("in a circle ends in a refusal", async () => {
    const location = `${github.apiUrl}/repositories/${hello.id}/contents/README.md`;
    github.fail({ path: /contents/, status: 301, headers: { location }, times: 100 });
    const reading = providerOf(github).codeHost.readFile(repository, "README.md", unaborted);
    await rejectsWithCode(reading, "PROVIDER_REJECTED");
  });

  test("of an issue that was transferred is not followed into the other repository", async () => {
    const { conversation } = providerOf(github);
    github.transferIssue("octocat/hello-world", 7, { id: other.id, number: 8 });
    const posting = conversation.postStatus({ ...request, view: viewOf("on it") }, unaborted);
    await expect(posting).rejects.toMatchObject({
      code: "PROVIDER_REJECTED",
      details: { reason: "conversation_gone" },
    });
    expect(github.comments).toEqual([]);
  });
});

test.each([
  [410, "This issue was deleted", "it is gone, or switched off there. This issue was deleted."],
  [451, "Repository access blocked", "it was taken down for legal reasons. Repository access blocked."],
])("An answer %i is final, with a plain sentence", async (status, message, answer) => {
  github.fail({ path: /contents/, status, body: { message }, times: 10 });
  const reading = providerOf(github).codeHost.readFile(repository, "README.md", unaborted);
  const error = await reading.catch((reason: unknown) => reason);
  if (!AgentBotError.isInstance(error)) throw new Error("expected a refusal");
  expect(error).toMatchObject({ code: "PROVIDER_REJECTED", isRetryable: false, isOutage: false, details: { answer } });
});

test("An issue that was deleted is gone, and a locked one is not", async () => {
  const { conversation } = providerOf(github);
  const view = viewOf("hello");
  const [{ id }] = [await conversation.postStatus({ ...request, view }, unaborted)];
  github.addComment({ repository: "octocat/hello-world", issueNumber: 7, body: "hi", user: hubot });
  github.deleteIssue("octocat/hello-world", 7);
  const gone = { code: "PROVIDER_REJECTED", details: { reason: "conversation_gone" } };
  await expect(conversation.postStatus({ ...request, view }, unaborted)).rejects.toMatchObject(gone);
  await expect(conversation.findStatus(request, unaborted)).rejects.toMatchObject(gone);
  await rejectsWithCode(conversation.updateStatus({ ...request, id, view }, unaborted), "PROVIDER_REJECTED");
  const locked = conversation.postStatus({ ...request, origin: originAt(8), view }, unaborted);
  await expect(locked).rejects.not.toMatchObject(gone);
});
