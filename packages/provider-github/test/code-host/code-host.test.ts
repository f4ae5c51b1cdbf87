import { rejectsWithCode } from "@agentbot/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type FakeGitHub, startFakeGitHub } from "../../src/testing/index.js";
import {
  actorOf,
  hello,
  hubot,
  octocat,
  providerOf,
  repository,
  startHello,
  unaborted,
} from "../fixtures/hello-world.js";

let github: FakeGitHub;
beforeEach(async () => {
  github = await startHello();
});
afterEach(() => github.close());

describe("permission", () => {
  test.each(["admin", "maintain", "write", "triage", "read", "none"] as const)("is %s for that role", async (role) => {
    const other = await startHello({ repositories: [{ ...hello, collaborators: { hubot: role } }] });
    const actor = actorOf(hubot);
    expect(await providerOf(other).codeHost.permission(repository, actor, unaborted)).toBe(role);
    await other.close();
  });

  test("falls back to the base of a custom role", async () => {
    const collaborators = { hubot: { roleName: "security-team", permission: "write" as const } };
    const other = await startHello({ repositories: [{ ...hello, collaborators }] });
    const actor = actorOf(hubot);
    expect(await providerOf(other).codeHost.permission(repository, actor, unaborted)).toBe("write");
    await other.close();
  });

  test("grants nothing to an unknown account", async () => {
    const actor = actorOf({ id: 1, login: "nobody" });
    expect(await providerOf(github).codeHost.permission(repository, actor, unaborted)).toBe("none");
  });

  test("grants nothing to an account that has taken over a login", async () => {
    const actor = actorOf({ id: 999, login: octocat.login });
    expect(await providerOf(github).codeHost.permission(repository, actor, unaborted)).toBe("none");
  });
});

describe("readFile", () => {
  test.each([
    [".github/agentbot.yml", "enabled: true\n"],
    ["src/a b#c.ts", "export {};\n"],
    ["missing.yml", null],
    [".github", null],
  ])("reads %j as %j", async (path, text) => {
    expect(await providerOf(github).codeHost.readFile(repository, path, unaborted)).toBe(text);
  });
});

describe("pull requests", () => {
  const draft = { headBranch: "agentbot/1", baseBranch: "main", title: "Fix the build", body: "Fixes #7" };

  test("are opened once, and found by branch and by number", async () => {
    const { codeHost } = providerOf(github);
    expect(await codeHost.findPullRequest(repository, { headBranch: "agentbot/1" }, unaborted)).toBeNull();
    const opened = await codeHost.openPullRequest(repository, draft, unaborted);
    expect(opened).toEqual({
      number: 9,
      url: `${github.url}/octocat/hello-world/pull/9`,
      headBranch: "agentbot/1",
      headCommit: "a".repeat(40),
      baseBranch: "main",
      state: "open",
      isFromFork: false,
      threadAlias: "github:1296269:issue:9",
    });
    expect(await codeHost.openPullRequest(repository, draft, unaborted)).toEqual(opened);
    expect(await codeHost.findPullRequest(repository, { headBranch: "agentbot/1" }, unaborted)).toEqual(opened);
    expect(await codeHost.findPullRequest(repository, { number: 9 }, unaborted)).toEqual(opened);
    expect(await codeHost.findPullRequest(repository, { number: 10 }, unaborted)).toBeNull();
    expect(github.pullRequests).toHaveLength(1);
  });

  test("are not sent twice when the answer is lost, and are found afterwards", async () => {
    const { codeHost } = providerOf(github);
    github.fail({ method: "POST", path: /\/pulls$/, when: "after" });
    await rejectsWithCode(codeHost.openPullRequest(repository, draft, unaborted), "PROVIDER_UNAVAILABLE");
    expect(github.pullRequests).toHaveLength(1);
    expect(github.requests.filter(({ method, path }) => method === "POST" && path.endsWith("/pulls"))).toHaveLength(1);
    expect((await codeHost.findPullRequest(repository, { headBranch: "agentbot/1" }, unaborted))?.number).toBe(9);
  });

  test("that exist and are not listed yet are looked for again", async () => {
    const late = await startHello({ listedAfterMs: 3_600_000 });
    const { codeHost } = providerOf(late);
    await codeHost.openPullRequest(repository, draft, unaborted);
    expect(await codeHost.findPullRequest(repository, { headBranch: draft.headBranch }, unaborted)).toBeNull();
    await rejectsWithCode(codeHost.openPullRequest(repository, draft, unaborted), "PROVIDER_UNAVAILABLE");
    await late.close();
  });

  test("of another account for the same branch are never taken for ours", async () => {
    const { codeHost } = providerOf(github);
    const { headBranch: head, baseBranch: base } = draft;
    const theirs = { repository: "octocat/hello-world", title: "Mine", head, base, headCommit: "b".repeat(40) };
    github.addPullRequest({ ...theirs, user: octocat });
    expect(await codeHost.findPullRequest(repository, { headBranch: head }, unaborted)).toBeNull();
    await rejectsWithCode(codeHost.openPullRequest(repository, draft, unaborted), "PULL_REQUEST_CONFLICT");
    expect(github.pullRequests).toHaveLength(1);
  });

  test("need a branch that exists", async () => {
    const { codeHost } = providerOf(github);
    const missing = { ...draft, headBranch: "missing" };
    await rejectsWithCode(codeHost.openPullRequest(repository, missing, unaborted), "PROVIDER_REJECTED");
    const noBase = { ...draft, baseBranch: "missing" };
    await rejectsWithCode(codeHost.openPullRequest(repository, noBase, unaborted), "PROVIDER_REJECTED");
  });
});

test("A repository of another installation is out of reach", async () => {
  const other = await startFakeGitHub({
    app: { id: 12345, slug: "agentbot" },
    repositories: [hello, { ...hello, id: 2, name: "other" }],
    installations: [
      { id: 1, repositoryIds: [hello.id] },
      { id: 2, isSuspended: true },
    ],
  });
  const { codeHost } = providerOf(other);
  const elsewhere = { ...repository, id: "2", path: "octocat/other" };
  await rejectsWithCode(codeHost.readFile(elsewhere, "a", unaborted), "PROVIDER_REJECTED");
  const suspended = { ...repository, tenant: "2" };
  await rejectsWithCode(codeHost.readFile(suspended, "a", unaborted), "PROVIDER_REJECTED");
  const unknown = { ...repository, tenant: "3" };
  await rejectsWithCode(codeHost.readFile(unknown, "a", unaborted), "PROVIDER_REJECTED");
  await other.close();
});
