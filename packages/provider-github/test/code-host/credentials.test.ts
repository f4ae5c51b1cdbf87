import { rejectsWithCode } from "@agentbot/core/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { FakeGitHub } from "../../src/testing/index.js";
import { providerOf, repository, startHello, unaborted } from "../fixtures/hello-world.js";

let github: FakeGitHub;
beforeEach(async () => {
  github = await startHello({ gitHandler: (_, response) => void response.end("git") });
});
afterEach(() => github.close());

async function gitStatus(authorization: string, service = "git-upload-pack"): Promise<number> {
  const address = `${github.url}/octocat/hello-world.git/info/refs?service=${service}`;
  return (await fetch(address, { headers: { authorization } })).status;
}

describe("credentials", () => {
  test("reach one repository, with what git needs and no more, and end when revoked", async () => {
    const credential = await providerOf(github).codeHost.credentials(repository, unaborted);
    expect(credential.gitUrl).toBe(`${github.url}/octocat/hello-world.git`);
    expect(await gitStatus(credential.authorization)).toBe(200);
    expect(await gitStatus(credential.authorization, "git-receive-pack")).toBe(200);
    const requested = github.requests.find(({ path }) => path.endsWith("/access_tokens"))?.body;
    expect(requested).toEqual({ repository_ids: [1296269], permissions: { contents: "write", metadata: "read" } });
    await credential.revoke();
    await credential.revoke();
    expect(await gitStatus(credential.authorization)).toBe(401);
    expect(github.requests.filter(({ method }) => method === "DELETE")).toHaveLength(1);
  });

  test("of two runs have ends of their own", async () => {
    const { codeHost } = providerOf(github);
    const [first, second] = await Promise.all([
      codeHost.credentials(repository, unaborted),
      codeHost.credentials(repository, unaborted),
    ]);
    await first.revoke();
    expect(await gitStatus(second.authorization)).toBe(200);
  });

  test("are revoked even when the answer to the first try was lost", async () => {
    const credential = await providerOf(github).codeHost.credentials(repository, unaborted);
    github.fail({ method: "DELETE", when: "after" });
    await credential.revoke();
    expect(await gitStatus(credential.authorization)).toBe(401);
  });

  test("are refused for a repository outside the installation", async () => {
    const elsewhere = { ...repository, id: "42" };
    await rejectsWithCode(providerOf(github).codeHost.credentials(elsewhere, unaborted), "PROVIDER_REJECTED");
  });

  test("have the address of GitHub's own name for the repository, whatever path is stored", async () => {
    for (const path of ["octocat/former-name", "octocat/..", "-x/y", "$(id)", ""]) {
      const credential = await providerOf(github).codeHost.credentials({ ...repository, path }, unaborted);
      expect(credential).toMatchObject({
        path: "octocat/hello-world",
        gitUrl: `${github.url}/octocat/hello-world.git`,
      });
    }
  });

  test("are refused where GitHub's answer names the repository by what is not a repository's name", async () => {
    for (const name of ["..", "-x", "a/b", "x.git", "a b", "$(id)", "%2e%2e", ""]) {
      const repositories = [{ id: 1296269, full_name: `octocat/${name}` }];
      const body = { token: "ghs_x", expires_at: new Date(Date.now() + 3_600_000).toISOString(), repositories };
      github.fail({ path: /access_tokens$/, status: 201, body });
      await rejectsWithCode(providerOf(github).codeHost.credentials(repository, unaborted), "GIT_NAME_INVALID");
    }
  });
});
