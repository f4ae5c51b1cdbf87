import {
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { prepareClaudeHome, tidyClaudeHome } from "../src/claude-home.js";

const session = "0b0c3d2e-1111-4222-8333-444455556666";
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

      const home = await prepareClaudeHome(homeOf(directory), session);
      await writeFile(join(home.configDirectory, "settings.json"), "ours");
      await tidyClaudeHome(homeOf(directory), session);

      expect(await readdir(join(root, "precious"))).toEqual(["settings.json"]);
      expect(await readFile(join(root, "precious", "settings.json"), "utf8")).toBe("precious");
      await expect(readlink(join(directory, place))).rejects.toThrow();
    },
  );

  test("a file in the place of a directory is replaced", async () => {
    await writeFile(join(directory, ".claude"), "");
    await writeFile(join(directory, "tmp"), "");
    const home = await prepareClaudeHome(homeOf(directory), session);
    expect(await readdir(home.configDirectory)).toEqual([]);
    expect(await readdir(home.temporaryDirectory)).toEqual([]);
  });

  test("MCP servers stand in a file for the owner alone, by the agent's path, which goes at the end", async () => {
    const servers = { graph: { command: "graph", env: { GRAPH_KEY: "a-key-that-no-argument-may-hold" } } };
    const home = { hostDirectory: directory, directory: "/home/agent" };
    const { mcpConfigFile } = await prepareClaudeHome(home, session, servers);
    expect(mcpConfigFile).toBe("/home/agent/.claude/mcp-servers.json");
    const file = join(directory, ".claude", "mcp-servers.json");
    expect(JSON.parse(await readFile(file, "utf8"))).toEqual({ mcpServers: servers });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await tidyClaudeHome(home, session);
    await expect(stat(file)).rejects.toThrow();
    expect((await prepareClaudeHome(home, session)).mcpConfigFile).toBeNull();
  });

  test("only the file of the session outlives a run", async () => {
    const { temporaryDirectory } = await prepareClaudeHome(homeOf(directory), session);
    const project = join(directory, ".claude", "projects", "-workspace");
    await mkdir(join(directory, ".config", "git"), { recursive: true });
    await mkdir(join(project, session), { recursive: true });
    const junk = [".bashrc", ".gitconfig", ".config/git/config", ".claude.json", ".claude/settings.json"];
    for (const name of [...junk, join(temporaryDirectory, "scratch").slice(directory.length + 1)]) {
      await writeFile(join(directory, name), "obey");
    }
    await writeFile(Buffer.concat([Buffer.from(`${directory}/`), Buffer.from([0x66, 0xff])]), "obey");
    await writeFile(join(project, "11111111-1111-4222-8333-444455556666.jsonl"), "{}");
    await writeFile(join(project, `${session}.jsonl`), "{}");
    const kept = [".claude", ".claude/projects", ".claude/projects/-workspace"];
    for (const tidy of [tidyClaudeHome, prepareClaudeHome]) {
      await tidy(homeOf(directory), session);
      const left = (await readdir(directory, { recursive: true })).filter((name) => name !== "tmp");
      expect(left.sort()).toEqual([...kept, `.claude/projects/-workspace/${session}.jsonl`]);
    }
    await tidyClaudeHome(homeOf(directory), null);
    expect(await readdir(directory, { recursive: true })).toEqual([".claude"]);
  });

  test.each(["too large", "a link", "a second name of another file", "a directory"])(
    "a session that is %s is not kept",
    async (kind) => {
      const project = join(directory, ".claude", "projects", "-workspace");
      const file = join(project, `${session}.jsonl`);
      await mkdir(project, { recursive: true });
      const precious = join(root, "precious", "settings.json");
      if (kind === "too large") {
        await writeFile(file, "");
        await truncate(file, 33 * 1024 * 1024);
      } else if (kind === "a link") await symlink(precious, file);
      else if (kind === "a directory") await mkdir(file);
      else await link(precious, file);
      await tidyClaudeHome(homeOf(directory), session);
      expect(await readdir(directory, { recursive: true })).toEqual([".claude", join(".claude", "projects")]);
      expect(await readFile(precious, "utf8")).toBe("precious");
    },
  );
});
