import { access, chmod, chown, copyFile, mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { removeTree } from "../../src/tree/remove-tree.js";
import { bundleProgram } from "../fixtures/bundle-program.js";
import { startProgram } from "../fixtures/start-program.js";

const isGone = async (path: string): Promise<boolean> =>
  access(path).then(
    () => false,
    () => true,
  );

test("a tree deeper than any path can name is removed", async () => {
  const directory = await mkdtemp(join(tmpdir(), "agentbot-deep-"));
  const root = join(directory, "tree");
  await mkdir(root);
  await writeFile(join(directory, "outside.txt"), "stays\n");
  // Built from the inside out: each level is put under a new parent, so no path gets too long on the way.
  for (let level = 0; level < 2_500; level += 1) {
    await mkdir(join(root, "next"));
    if (level > 0) await rename(join(root, "d"), join(root, "next", "d"));
    await rename(join(root, "next"), join(root, "d"));
  }
  await symlink(directory, join(root, "link"));
  await removeTree(root);
  expect(await isGone(root)).toBe(true);
  expect(await isGone(join(directory, "outside.txt"))).toBe(false);
  await rm(directory, { recursive: true });
});

test("directories without any permission are removed by a user who is not root", async () => {
  const directory = await mkdtemp(join(tmpdir(), "agentbot-locked-"));
  const inner = join(directory, "tree/a/b");
  await mkdir(inner, { recursive: true });
  await writeFile(join(inner, "file.txt"), "1\n");
  await symlink("/etc", join(inner, "link"));
  const isRoot = process.getuid?.() === 0;
  const nobody = 65_534;
  const paths = ["", "tree", "tree/a", "tree/a/b", "tree/a/b/file.txt"].map((path) => join(directory, path));
  if (isRoot) for (const path of paths) await chown(path, nobody, nobody);
  for (const path of [inner, join(directory, "tree/a"), join(directory, "tree")]) await chmod(path, 0o000);
  const program = await bundleProgram(fileURLToPath(new URL("../fixtures/remove-program.ts", import.meta.url)));
  await chmod(program.directory, 0o755);
  const node = join(program.directory, "node");
  if (isRoot) await copyFile(process.execPath, node);
  const user = isRoot ? { uid: nobody, node } : null;
  const child = startProgram(program.path, { path: join(directory, "tree") }, user);
  expect(await child.ended).toEqual({ exitCode: 0, stderr: "" });
  expect(await isGone(join(directory, "tree"))).toBe(true);
  await rm(directory, { recursive: true });
  await rm(program.directory, { recursive: true });
});

test("what is not there is removed without an error", async () => {
  await removeTree(join(tmpdir(), "agentbot-never-was"));
});
