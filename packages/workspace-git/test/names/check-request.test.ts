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
  ...["--upload-pack=touch X", "-x", "a..b", "a@{1}", "@", "a.lock", "a/b.lock/c", "a b", "HEAD"],
  ...["x".repeat(251), `${"x/".repeat(500)}x`, "\ud800", "main\r", "main\n", "a~1", "a^", "a:b", "a?", "a*"],
  ...["a[b", "a\\b", "/a", "a/", "a//b", ".a", "a/.b", "a.", "", "a\0"],
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
    ...branches.map((branch) => workspaceRequest(remote, { branch })),
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

test("every name that git itself accepts is accepted", async () => {
  for (const branch of [
    ...["main", "feature/%0a", "dependabot/npm/x-1.2.3", "grüße", "🎉", "a@b", "v1.0", "heads/x", "head", "fix/-dash"],
    ...["release.LOCK", "fix/👩‍💻-login", "é".repeat(117), "refs/x", "a\u200bb", "a\u00a0b"],
  ]) {
    expect(checkBranchName(branch)).toBe(branch);
    await subject.remote.git("check-ref-format", "--branch", branch);
  }
});

test.each(["fix/-dash", "fix/👩‍💻-login", "é".repeat(117), "release.LOCK", "refs/x"])(
  "a task can build on the branch %s",
  async (branch) => {
    const commit = await subject.remote.seed(branch, { "README.md": "hello\n" });
    const request = workspaceRequest(subject.remote, { baseBranch: branch });
    const { workspace, dispose } = await subject.workspaces.prepare(request, neverAborted);
    expect(workspace.baseCommit).toBe(commit);
    await dispose();
  },
);

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
