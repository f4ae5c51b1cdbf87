import { access } from "node:fs/promises";
import { join } from "node:path";
import { rejectsWithCode, workspaceRequest } from "@agentbot/core/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkBranchName, checkGitUrl, printablePath } from "../../src/names.js";
import { createGitWrapper, type GitWrapper } from "../fixtures/create-git-wrapper.js";
import { createSubject, neverAborted, type TestSubject } from "../fixtures/create-subject.js";

let subject: TestSubject;
let wrapper: GitWrapper;

beforeAll(async () => {
  wrapper = await createGitWrapper();
  subject = await createSubject({ gitProgram: wrapper.program });
});

afterAll(async () => {
  await subject.dispose();
  await wrapper.dispose();
});

const names = [
  ...[
    "../../etc",
    "..",
    ".",
    ".git",
    "-x",
    "--upload-pack=x",
    "a/b/c",
    "%2e%2e",
    "foo.git",
    "FOO.GIT",
    "a".repeat(101),
  ],
  ...["a\0b", "a\nb", "$(id)", "`id`", ";id", "🎉", "a\u202eb", "", " ", "a b", "a\\b", "a:b", "a..b"],
];
const branches = [
  ...[
    "refs/heads/-x",
    "--upload-pack=touch X",
    "-x",
    "a..b",
    "a@{1}",
    "@",
    "a.lock",
    "a/b.lock/c",
    "a b",
    "HEAD",
    "head",
  ],
  ...[
    "refs/heads/refs/heads/x",
    "refs/pull/1/head",
    "x".repeat(300),
    "main\r",
    "main\n",
    "a~1",
    "a^",
    "a:b",
    "a?",
    "a*",
  ],
  ...["a[b", "a\\b", "/a", "a/", "a//b", ".a", "a/.b", "a.", "", "a\u200bb", "a\u202eb", "a\0", "feature/-x"],
];
const commits = ["a".repeat(39), "a".repeat(41), "A".repeat(40), "0".repeat(40), `${"a".repeat(39)}\n`, "--exec=x", ""];

test("no name outside the grammar starts a process or touches the disk", async () => {
  const { remote, workspaces, directory } = subject;
  const { repository } = remote;
  const requests = [
    ...names.flatMap((name) => [
      workspaceRequest(remote, { repository: { ...repository, id: name } }),
      workspaceRequest(remote, { repository: { ...repository, tenant: name } }),
      workspaceRequest(remote, { repository: { ...repository, provider: name } }),
      workspaceRequest(remote, { taskId: name }),
    ]),
    ...branches.map((baseBranch) => workspaceRequest(remote, { baseBranch })),
    ...commits.map((baseCommit) => workspaceRequest(remote, { baseCommit })),
  ];
  for (const request of requests) await rejectsWithCode(workspaces.prepare(request, neverAborted), "GIT_NAME_INVALID");
  expect(await wrapper.calls()).toEqual([]);
  await expect(access(join(directory, "threads"))).rejects.toThrow(/ENOENT/);
});

test("a repository's path of any depth is accepted and shown as one short line", async () => {
  expect(printablePath("group/subgroup/name")).toBe("group/subgroup/name");
  expect(printablePath("o/a\nb\u202e\0")).toBe("o/a?b??");
  expect(printablePath(`o/${"n".repeat(300)}`)).toHaveLength(255);
  const repository = { ...subject.remote.repository, path: `${"g/".repeat(21)}name` };
  const prepared = subject.workspaces.prepare(workspaceRequest(subject.remote, { repository }), neverAborted);
  await expect(prepared).rejects.toThrow(/^The repository (g\/){21}name has no commits/);
});

test("ordinary names of branches are accepted", () => {
  for (const branch of ["main", "feature/%0a", "dependabot/npm/x-1.2.3", "grüße", "🎉", "a@b", "v1.0", "heads/x"]) {
    expect(checkBranchName(branch)).toBe(branch);
  }
});

test("a URL is plain https with a plain path, or it is refused", () => {
  const isRefused = (url: string, allowHttp = false): void => {
    expect(() => checkGitUrl(url, allowHttp), url).toThrow(expect.objectContaining({ code: "GIT_NAME_INVALID" }));
  };
  for (const url of [
    ...["http://github.com/o/r.git", "ssh://git@github.com/o/r", "git@github.com:o/r.git", "ext::sh -c id", "EXT::x"],
    ...["file:///etc", "/etc", "-x", "https://user:secret@github.com/o/r.git", "https://github.com/o/r.git?x=1"],
    ...[
      "https://github.com/o/r.git#x",
      "https://github.com/../r.git",
      "https://github.com/o/.git",
      "https://github.com",
    ],
    ...[
      "https://github.com/-x/r",
      "https://github.com/o/r/",
      "https://github.com/o/r.git\n",
      "https://git\0hub.com/o/r",
      "https://github.com//r",
    ],
    ...["https://github.com:99999/o/r", "https://exa mple.com/o/r", "https://github.com/%2e%2e/r", "https://[::1]/o/r"],
  ]) {
    isRefused(url);
    if (!url.startsWith("http://")) isRefused(url, true);
  }
  expect(() => checkGitUrl("https://user:secret@github.com/o/r.git", false)).not.toThrow(/secret/);
  for (const url of [
    ...["https://github.com/o/r.git", "https://ghe.example.com:8443/o/r", "https://github.com/o/-"],
    ...["https://gitlab.com/group/subgroup/name.git", `https://gitlab.com/${"g/".repeat(21)}name.git`],
  ]) {
    expect(checkGitUrl(url, false)).toBe(url);
  }
  expect(checkGitUrl("http://127.0.0.1:8790/o/r.git", true)).toBe("http://127.0.0.1:8790/o/r.git");
});
