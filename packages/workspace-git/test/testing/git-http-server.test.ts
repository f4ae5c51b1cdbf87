import { randomBytes } from "node:crypto";
import { mkdtemp } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeTree } from "@agentbot/core/process";
import {
  commitFiles,
  createBareRepository,
  createGitHttpHandler,
  type GitOperation,
  startGitHttpServer,
} from "@agentbot/workspace-git/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { gitForTests } from "../../src/testing/git-for-tests.js";

const ident = "committer Seed <seed@example.invalid> 1800000000 +0000\n";
let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "agentbot-server-"));
});
afterEach(() => removeTree(root));

test("the server authorizes each request by its header, repository and operation", async () => {
  const authorized: [string | null, string, GitOperation][] = [];
  const authorize = (header: string | null, path: string, operation: GitOperation): boolean => {
    authorized.push([header, path, operation]);
    return header === "Bearer yes";
  };
  const server = await startGitHttpServer({ root, authorize });
  await createBareRepository({ root, path: "octocat/hello.git", files: { "README.md": "hello\n" } });
  const refs = `${server.url}/octocat/hello.git/info/refs?service=git-`;
  const refused = await fetch(`${refs}upload-pack`);
  expect([refused.status, refused.headers.get("www-authenticate")]).toEqual([401, 'Basic realm="git"']);
  const allowed = await fetch(`${refs}receive-pack`, { headers: { authorization: "Bearer yes" } });
  expect([allowed.status, allowed.headers.get("content-type")]).toEqual([
    200,
    "application/x-git-receive-pack-advertisement",
  ]);
  expect(await allowed.text()).toContain("refs/heads/main");
  expect(authorized).toEqual([
    [null, "octocat/hello.git", "read"],
    ["Bearer yes", "octocat/hello.git", "write"],
  ]);
  const missing = await fetch(`${server.url}/octocat/none.git/info/refs?service=git-upload-pack`, {
    headers: { authorization: "Bearer yes" },
  });
  expect(missing.status).toBe(404);
  await server.close();
  await server.close();
});

test("a request that is not for git is left to the server it is mounted in", async () => {
  const handle = createGitHttpHandler({ root, authorize: () => true });
  const server = createServer(async (request, response) => {
    if (!(await handle(request, response))) response.end(`api ${request.url}`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  for (const path of [
    "/",
    "/repos/o/r/pulls",
    "/o/r.git/HEAD",
    "/o/r.git/objects/info/packs",
    "/o/..x/info/refs",
    "/o%2f/x/info/refs",
  ]) {
    expect(await (await fetch(`${url}${path}`)).text()).toBe(`api ${path}`);
  }
  server.closeAllConnections();
  server.close();
});

test("git clones, pushes, and sends a compressed request", async () => {
  const handle = createGitHttpHandler({ root, authorize: () => true });
  const encodings: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    encodings.push(request.headers["content-encoding"]);
    void handle(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { directory } = await createBareRepository({ root, path: "octocat/hello.git", files: { "0.txt": "0\n" } });
  const clone = join(root, "clone.git");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/octocat/hello.git`;
  await gitForTests(clone, ["clone", "--quiet", "--bare", url, clone]);
  await commitFiles(clone, { branch: "main", files: { "new.bin": randomBytes(2_000_000) } });
  await gitForTests(clone, ["push", "--quiet", url, "main:refs/heads/topic"]);
  const names = await gitForTests(directory, ["ls-tree", "-r", "--name-only", "refs/heads/topic"]);
  expect(names.toString("utf8")).toBe("0.txt\nnew.bin\n");
  // A newer history the server does not know makes git list many commits it has, which it compresses.
  const commits = Array.from({ length: 120 }, (_, index) => `commit refs/heads/other\n${ident}data 1\n${index % 10}\n`);
  await gitForTests(clone, ["fast-import", "--quiet"], commits.join(""));
  await commitFiles(directory, { branch: "main", files: { "later.txt": "1\n" } });
  await gitForTests(clone, ["fetch", "--quiet", url, "+refs/heads/main:refs/heads/fetched"]);
  const count = await gitForTests(clone, ["rev-list", "--count", "refs/heads/fetched"]);
  expect(count.toString("utf8").trim()).toBe("2");
  expect(encodings).toContain("gzip");
  server.closeAllConnections();
  server.close();
});

test("a seeded repository has the requested modes, names and deletions", async () => {
  const { directory, commit } = await createBareRepository({
    root,
    path: "octocat/seed.git",
    defaultBranch: "trunk",
    files: {
      'quo"te\n.txt': "1\n",
      "run.sh": { mode: "100755", content: "#!/bin/sh\n" },
      link: { mode: "120000", content: "run.sh" },
      "vendor/lib": { mode: "160000", content: "1".repeat(40) },
    },
  });
  const listed = await gitForTests(directory, ["ls-tree", "-r", "-z", "HEAD"]);
  const entries = listed.toString("utf8").split("\0").filter(Boolean);
  expect(entries.map((entry) => entry.replace(/ .*\t/, " "))).toEqual([
    "120000 link",
    '100644 quo"te\n.txt',
    "100755 run.sh",
    "160000 vendor/lib",
  ]);
  const next = await commitFiles(directory, { branch: "trunk", files: { link: null } });
  expect(next).not.toBe(commit);
  const after = await gitForTests(directory, ["ls-tree", "-r", "--name-only", "trunk"]);
  expect(after.toString("utf8")).not.toContain("link");
});
