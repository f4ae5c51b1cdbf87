import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import type { CommitResult, Workspace } from "@agentbot/core";
import { newTaskId } from "@agentbot/core/adapter";
import { rejectsWithCode, workspaceRequest } from "@agentbot/core/testing";
import { createGitWorkspaceFactory, type GitWorkspaceOptions } from "@agentbot/workspace-git";
import { afterEach, describe, expect, test } from "vitest";
import { gitForTests } from "../../src/testing/git-for-tests.js";
import { createSubject, neverAborted, type TestSubject } from "../fixtures/create-subject.js";

const at = new Date("2026-01-02T03:04:05Z");
const image = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 3, 255]);
const oidOf = (content: string | Uint8Array): string => createHash("sha256").update(content).digest("hex");
const pointerTo = (content: string | Uint8Array): string =>
  `version https://git-lfs.github.com/spec/v1\noid sha256:${oidOf(content)}\nsize ${Buffer.byteLength(content)}\n`;
const attributes = "*.png filter=lfs diff=lfs merge=lfs -text\n";
const oldImage = "an image of the host";
const files = { ".gitattributes": attributes, "old.png": pointerTo(oldImage), "README.md": "hello\n" };

let subject: TestSubject;
afterEach(() => subject.dispose());

/** A prepared work tree, and the ways of its change to the host. */
interface Tree {
  readonly workspace: Workspace;
  write(path: string, content: string | Uint8Array): Promise<void>;
  commit(): Promise<CommitResult>;
  /** Commits, publishes, and returns the files at the host. */
  publish(): Promise<{
    readonly commit: string;
    readonly diffStat: string;
    readonly fileOf: (path: string) => string | undefined;
  }>;
  /** The contents that the host's Git LFS has, by oid. */
  stored(): Promise<readonly string[]>;
}

async function prepare(
  options: Partial<GitWorkspaceOptions> = {},
  { hasLfs = true, more = {} }: { readonly hasLfs?: boolean; readonly more?: Readonly<Record<string, string>> } = {},
): Promise<Tree> {
  subject = await createSubject(options, { hasLfs });
  const { remote, workspaces } = subject;
  await remote.seed("main", { ...files, ...more });
  const taskId = newTaskId();
  const { workspace } = await workspaces.prepare(workspaceRequest(remote, { taskId }), neverAborted);
  const commit = () => workspace.commit({ message: "Change", at }, neverAborted);
  return {
    workspace,
    commit,
    write: (path, content) => writeFile(join(workspace.directory, path), content),
    async publish() {
      const result = await commit();
      if (result.status !== "committed") throw new Error(`Nothing was committed: ${result.leftOut}`);
      const { credential } = remote;
      await workspace.publish({ branch: `agentbot/${taskId}`, commit: result.commit, credential }, neverAborted);
      const published = await remote.filesOf(result.commit);
      const { commit: id, diffStat } = result;
      return { commit: id, diffStat, fileOf: (path) => published.get(path)?.text };
    },
    stored: () => readdir(join(remote.directory, "lfs/objects")).catch(() => []),
  };
}

test("a new file that Git LFS keeps is a pointer in the commit, and its content is at the host before the branch", async () => {
  const tree = await prepare();
  await tree.write("new.png", image);
  await tree.write("empty.png", "");
  await tree.commit();
  expect(await tree.stored()).toEqual([]);
  const { fileOf, diffStat } = await tree.publish();
  expect([fileOf("new.png"), fileOf("empty.png")]).toEqual([pointerTo(image), ""]);
  expect(await tree.stored()).toEqual([oidOf(image)]);
  expect(await readFile(join(subject.remote.directory, "lfs/objects", oidOf(image)))).toEqual(image);
  expect(diffStat).not.toContain("Left out");
});

test("a pointer over which the agent wrote new content becomes the pointer to that content", async () => {
  const tree = await prepare();
  await tree.write("old.png", image);
  const { fileOf } = await tree.publish();
  expect(fileOf("old.png")).toBe(pointerTo(image));
  expect(await tree.stored()).toEqual([oidOf(image)]);
});

test("a pointer over which the agent wrote its own content is unchanged", async () => {
  const tree = await prepare();
  await tree.write("old.png", oldImage);
  expect(await tree.commit()).toEqual({ status: "unchanged", leftOut: null });
});

test("the checkpoint's bundle brings contents to another machine, which uploads them", async () => {
  const tree = await prepare();
  await tree.write("new.png", image);
  const result = await tree.commit();
  if (result.status !== "committed") throw new Error("nothing was committed");
  const { remote, directory } = subject;
  const elsewhere = createGitWorkspaceFactory({ directory: join(directory, "elsewhere"), allowHttp: true });
  const request = workspaceRequest(remote, { baseCommit: tree.workspace.baseCommit });
  const { workspace } = await elsewhere.prepare(request, neverAborted);
  await workspace.restore(result.bundle, result.commit, neverAborted);
  const branch = `agentbot/${request.taskId}`;
  const publication = { branch, commit: result.commit, credential: remote.credential };
  await workspace.publish(publication, neverAborted);
  await workspace.publish(publication, neverAborted);
  expect(await tree.stored()).toEqual([oidOf(image)]);
  expect(await remote.headOf(branch)).toBe(result.commit);
});

const gitLfs = (process.env["PATH"] ?? "")
  .split(delimiter)
  .map((directory) => join(directory, "git-lfs"))
  .find((path) => existsSync(path));

test.runIf(gitLfs !== undefined)("the real git-lfs, where it is installed, checks out what was published", async () => {
  const tree = await prepare();
  await tree.write("new.png", image);
  await tree.write("old.png", oldImage.repeat(2));
  const { commit } = await tree.publish();
  const { url, directory, credential } = subject.remote;
  const settings = [
    `filter.lfs.process=${gitLfs} filter-process`,
    "filter.lfs.required=true",
    `lfs.url=${url}/info/lfs`,
    "core.hooksPath=/dev/null",
    `http.extraHeader=Authorization: ${credential.authorization}`,
  ].flatMap((setting) => ["-c", setting]);
  const target = await mkdtemp(join(subject.directory, "checked-out-"));
  await gitForTests(directory, [...settings, `--work-tree=${target}`, "checkout", "--force", commit, "--", "."]);
  expect(await readFile(join(target, "new.png"))).toEqual(image);
  expect(await readFile(join(target, "old.png"), "utf8")).toBe(oldImage.repeat(2));
});

test("large files count towards the limit of a change", async () => {
  const tree = await prepare({ maxBundleBytes: 4000 });
  await tree.write("new.png", Buffer.concat(Array.from({ length: 500 }, () => Buffer.from(newTaskId()))));
  await rejectsWithCode(tree.commit(), "CHANGE_TOO_LARGE");
});

describe("a host that does not take large files", () => {
  test("without Git LFS has them left out by name, and the rest is published", async () => {
    const tree = await prepare({}, { hasLfs: false });
    await tree.write("new.png", image);
    await tree.write("old.png", image);
    await tree.write("README.md", "changed\n");
    const { fileOf, diffStat } = await tree.publish();
    expect([fileOf("new.png"), fileOf("old.png")]).toEqual([undefined, pointerTo(oldImage)]);
    expect(fileOf("README.md")).toBe("changed\n");
    expect(diffStat).toContain(
      "Left out: 2 files that the host's Git LFS does not take: new.png, old.png (Git LFS: the server answered 404.)",
    );
  });

  test("gives its reason, without the credential and control characters", async () => {
    const tree = await prepare({
      fetch: async () =>
        Response.json({ message: `Over its data quota\u001b[31m ${subject.remote.token}` }, { status: 403 }),
    });
    await tree.write("new.png", image);
    const result = await tree.commit();
    expect(result).toEqual({
      status: "unchanged",
      leftOut:
        " Left out: 1 file that the host's Git LFS does not take: new.png (Git LFS: Over its data quota [31m [redacted].)",
    });
  });
});

test("a Git LFS that cannot be reached when the work is kept gets the files when it is published", async () => {
  let isDown = true;
  const tree = await prepare({
    fetch: async (...request) => {
      if (isDown) throw new TypeError("fetch failed");
      return await fetch(...request);
    },
  });
  await tree.write("new.png", image);
  const down = tree.publish();
  await expect(down).rejects.toMatchObject({ code: "GIT_FAILED", isRetryable: true, isOutage: true });
  isDown = false;
  expect((await tree.publish()).fileOf("new.png")).toBe(pointerTo(image));
  expect(await tree.stored()).toEqual([oidOf(image)]);
});

test.each([
  '[lfs]\n\turl = "https://stranger.invalid/lfs"\n',
  '[lfs]\n\tpushurl = "https://stranger.invalid/lfs"\n',
  '[remote "origin"]\n\tlfsurl = "https://stranger.invalid/lfs"\n',
])("a .lfsconfig never chooses the server: %j", async (lfsconfig) => {
  const requested: string[] = [];
  const tree = await prepare(
    {
      fetch: async (address, init) => {
        requested.push(String(address));
        return await fetch(address, init);
      },
    },
    { more: { ".lfsconfig": lfsconfig } },
  );
  await tree.write("new.png", image);
  const leftOut = " Left out: 1 file of another Git LFS server: new.png";
  expect(await tree.commit()).toEqual({ status: "unchanged", leftOut });
  expect(requested).toEqual([]);
});

test("the host's own server may be named in a .lfsconfig", async () => {
  const tree = await prepare();
  await tree.write(".lfsconfig", `[lfs]\n\turl = ${subject.remote.url}/info/lfs\n`);
  await tree.write("new.png", image);
  expect((await tree.publish()).fileOf("new.png")).toBe(pointerTo(image));
});

test("a copied pointer is committed where the host has its content, and left out where it has none", async () => {
  const tree = await prepare();
  await tree.write("new.png", image);
  await tree.publish();
  await tree.write("new.png", pointerTo(image));
  await tree.write("invented.png", pointerTo("never uploaded"));
  const result = await tree.commit();
  if (result.status !== "committed") throw new Error("nothing was committed");
  expect(result.diffStat).toContain("Left out: 1 Git LFS pointer to nothing: invented.png");
  expect(result.diffStat).toMatch(/new\.png \| 3 \+{3}/);
});

test("attributes of the agent choose Git LFS too", async () => {
  const tree = await prepare();
  await tree.write(".gitattributes", `${attributes}*.bin filter=lfs\n`);
  await tree.write("new.bin", image);
  expect((await tree.publish()).fileOf("new.bin")).toBe(pointerTo(image));
});

test("a file that the repository encrypts is never published in plain text", async () => {
  const tree = await prepare({}, { more: { ".gitattributes": "*.key filter=git-crypt diff=git-crypt\n" } });
  await tree.write("new.key", "a private key\n");
  const leftOut = " Left out: 1 file that the repository encrypts: new.key";
  expect(await tree.commit()).toEqual({ status: "unchanged", leftOut });
});

test("an upload that the storage refuses, or to an address that is not usable, is tried again", async () => {
  let isHttp = true;
  const tree = await prepare({
    fetch: async (address, init) => {
      if (init?.method === "PUT") return new Response("<Error/>", { status: 403 });
      const response = await fetch(address, init);
      const text = await response.text();
      return new Response(isHttp ? text : text.replaceAll("http:", "ftp:"), response);
    },
  });
  await tree.write("new.png", image);
  await expect(tree.publish()).rejects.toThrow("Uploading to Git LFS failed: the server answered 403");
  isHttp = false;
  await expect(tree.publish()).rejects.toThrow("the server named an address that is not usable");
});

test("a note for the agent explains pointers where there are large files, and only there", async () => {
  const { workspace } = await prepare();
  expect(workspace.notes).toEqual([expect.stringContaining("Git LFS pointers")]);
  await subject.remote.seed("plain", { ".gitattributes": "*.png -text\n", "old.png": null });
  const request = workspaceRequest(subject.remote, { baseBranch: "plain" });
  const plain = await subject.workspaces.prepare(request, neverAborted);
  expect(plain.workspace.notes).toEqual([]);
});
