import { mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { prepareClaudeHome, tidyClaudeHome } from "../src/claude-home.js";

const homeOf = (directory: string) => ({ hostDirectory: directory, directory });

describe("the home of a run", () => {
  let root: string;
  let directory: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "agentbot-home-"));
    directory = join(root, "home");
    await mkdir(directory);
    await mkdir(join(root, "precious"));
    await writeFile(join(root, "precious", "settings.json"), "precious");
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  test.each([".claude", join(".claude", "projects"), "tmp"])(
    "a link in the place of %s is never followed",
    async (place) => {
      await mkdir(join(directory, ".claude"));
      await rm(join(directory, place), { recursive: true, force: true });
      await symlink(join(root, "precious"), join(directory, place));

      const home = await prepareClaudeHome(homeOf(directory));
      await writeFile(join(home.configDirectory, "settings.json"), "ours");
      await tidyClaudeHome(homeOf(directory));

      expect(await readdir(join(root, "precious"))).toEqual(["settings.json"]);
      expect(await readFile(join(root, "precious", "settings.json"), "utf8")).toBe("precious");
      await expect(readlink(join(directory, place))).rejects.toThrow();
    },
  );

  test("a file in the place of a directory is replaced", async () => {
    await writeFile(join(directory, ".claude"), "");
    await writeFile(join(directory, "tmp"), "");
    const home = await prepareClaudeHome(homeOf(directory));
    expect(await readdir(home.configDirectory)).toEqual([]);
    expect(await readdir(home.temporaryDirectory)).toEqual([]);
  });

  test("only the temporary directory is removed after a run", async () => {
    const home = await prepareClaudeHome(homeOf(directory));
    await writeFile(join(home.temporaryDirectory, "scratch"), "");
    await mkdir(join(home.configDirectory, "projects"));
    await tidyClaudeHome(homeOf(directory));
    expect(await readdir(directory, { recursive: true })).toEqual([".claude", join(".claude", "projects")]);
  });
});
