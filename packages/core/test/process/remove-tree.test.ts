import { access, chmod, chown, mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { removeTree } from "../../src/process/remove-tree.js";

const isGone = async (path: string): Promise<boolean> =>
  access(path).then(
    () => false,
    () => true,
  );

/** Runs `work` without root's rights, which ignore permissions; another user runs it as it is. */
async function withoutRoot(work: () => Promise<void>): Promise<void> {
  if (process.geteuid?.() !== 0) return await work();
  process.seteuid?.(nobody);
  try {
    await work();
  } finally {
    process.seteuid?.(0);
  }
}

const nobody = 65_534;

describe("removing a tree", () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "agentbot-remove-"));
  });
  afterEach(() => rm(directory, { recursive: true }));

  test("removes directories nested deeper than a path can be, and follows no link", async () => {
    const root = join(directory, "tree");
    await mkdir(root);
    await writeFile(join(directory, "outside.txt"), "stays\n");
    // Built from the inside out: each level is put under a new parent, so every path stays short.
    for (let level = 0; level < 2_500; level += 1) {
      await mkdir(join(root, "next"));
      if (level > 0) await rename(join(root, "d"), join(root, "next", "d"));
      await rename(join(root, "next"), join(root, "d"));
    }
    await symlink(directory, join(root, "link"));
    await removeTree(root);
    expect(await isGone(root)).toBe(true);
    expect(await isGone(join(directory, "outside.txt"))).toBe(false);
  });

  test("removes directories without any permission for a user who is not root", async () => {
    const inner = join(directory, "tree/a/b");
    await mkdir(inner, { recursive: true });
    await writeFile(join(inner, "file.txt"), "1\n");
    await symlink("/etc", join(inner, "link"));
    if (process.geteuid?.() === 0) {
      const paths = ["", "tree", "tree/a", "tree/a/b", "tree/a/b/file.txt"];
      for (const path of paths) await chown(join(directory, path), nobody, nobody);
    }
    for (const path of [inner, join(directory, "tree/a"), join(directory, "tree")]) await chmod(path, 0o000);
    await withoutRoot(() => removeTree(join(directory, "tree")));
    expect(await isGone(join(directory, "tree"))).toBe(true);
  });

  test("removes a file, and a missing path is not an error", async () => {
    await writeFile(join(directory, "file.txt"), "1\n");
    await removeTree(join(directory, "file.txt"));
    expect(await isGone(join(directory, "file.txt"))).toBe(true);
    await removeTree(join(directory, "missing"));
  });
});
