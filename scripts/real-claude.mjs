// The real Claude Code CLI for the tests of it: one that is here already, or, for `npm run test:full`, a pinned one that is
// put into node_modules/.cache. It has 364 MB, so it is no dependency.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { root } from "./workspace-packages.mjs";

/** The release that the tests of the real CLI are about. */
export const claudeVersion = "2.1.330";

const packageName = "@anthropic-ai/claude-code";
const cacheFolder = join(root, "node_modules/.cache/agentbot", `claude-code-${claudeVersion}`);

/**
 * Where that release is: `CLAUDE_BIN`, the search path, or the cache; null when it is nowhere. Only a release that says
 * it is this one is taken.
 */
export function findClaude(environment = process.env) {
  const given = environment["CLAUDE_BIN"];
  const onPath = (environment["PATH"] ?? "").split(delimiter).map((folder) => join(folder, "claude"));
  return [...(given ? [given] : []), ...onPath, ...programsIn(cacheFolder)].find(isThatRelease) ?? null;
}

/** What the test run has to say about it. `isWanted`: it is installed when it is nowhere. Never throws. */
export function provideClaude({ isWanted }) {
  if (findClaude() === null && isWanted) install();
  const name = `Claude Code ${claudeVersion}`;
  const program = findClaude();
  if (program !== null) return console.log(`\nThe real ${name} is at ${program}; the tests of it run.`);
  const remedy = "Set CLAUDE_BIN to it, or let `npm run test:full` install it.";
  console.log(`\nThe real ${name} is not here: ${isWanted ? "the tests of it fail" : "NO TEST OF IT RUNS"}. ${remedy}`);
}

/** Into a folder of its own first: half an installation must not pass for a whole one. */
function install() {
  console.log(`\nInstalling ${packageName}@${claudeVersion} (364 MB) into node_modules/.cache ...`);
  const draft = `${cacheFolder}.${process.pid}`;
  mkdirSync(draft, { recursive: true });
  try {
    const words = ["install", "--prefix", draft, "--no-audit", "--no-fund", `${packageName}@${claudeVersion}`];
    const { status, stderr } = spawnSync("npm", words, {
      cwd: draft,
      encoding: "utf8",
      shell: process.platform === "win32",
      timeout: 600_000,
    });
    if (status !== 0) return console.log(`npm could not install it:\n${stderr ?? ""}`);
    rmSync(cacheFolder, { recursive: true, force: true });
    mkdirSync(dirname(cacheFolder), { recursive: true });
    renameSync(draft, cacheFolder);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** The package's own link is made by an install script, which may be switched off; the program itself is always there. */
function programsIn(folder) {
  const scope = join(folder, "node_modules/@anthropic-ai");
  const platform = `${process.platform}-${process.arch}`;
  const file = process.platform === "win32" ? "claude.exe" : "claude";
  const packages = [`claude-code-${platform}`, `claude-code-${platform}-musl`];
  return packages.map((name) => join(scope, name, file));
}

function isThatRelease(program) {
  if (!existsSync(program)) return false;
  const { status, stdout } = spawnSync(program, ["--version"], { encoding: "utf8", timeout: 20_000 });
  return status === 0 && stdout.startsWith(`${claudeVersion} `);
}
