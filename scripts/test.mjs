// npm test: build, type check, lint and tests. `--full` adds the long ones, `--other-nodes` the other releases of Node; words
// without dashes choose test files.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureInstalled } from "./ensure-installed.mjs";
import { provideClaude } from "./real-claude.mjs";
import { root } from "./workspace-packages.mjs";

ensureInstalled();

const given = process.argv.slice(2);
const filters = given.filter((argument) => !argument.startsWith("--"));
const isFull = given.includes("--full");
// Tests find or start Redis and PostgreSQL, and say where from; only a run from here may install what is missing.
const allowed = { ...process.env, AGENTBOT_TEST_INSTALL: "1" };
const environment = isFull ? { ...allowed, AGENTBOT_TEST_FULL: "1" } : allowed;
const reportFolder = mkdtempSync(join(tmpdir(), "agentbot-test-"));
const reportFile = join(reportFolder, "vitest.json");

const vitestArguments = ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${reportFile}`, ...filters];
// The build and the type check need a core each, for about as long.
const [[isBuilt, isUsed], [isTyped, isLinted]] = await Promise.all([
  runOneByOne(["scripts/build.mjs"], ["node_modules/knip/bin/knip.js", "--no-config-hints"]),
  runOneByOne(
    ["node_modules/typescript/bin/tsc", "--noEmit", "-p", "tsconfig.json"],
    ["node_modules/@biomejs/biome/bin/biome", "check", "."],
  ),
]);
const isDone = { build: isBuilt, "type check": isTyped, lint: isLinted, "unused code and dependencies": isUsed };
provideClaude({ isWanted: isFull && filters.every((filter) => /claude|demo/.test(filter)) });
const areTestsDone = runNode("node_modules/vitest/vitest.mjs", ...vitestArguments);
const tests = countTests(areTestsDone);
if (given.includes("--other-nodes")) {
  for (const major of [20, 22, 24].filter((other) => !process.version.startsWith(`v${other}.`))) {
    isDone[`tests on Node ${major}`] = runOnNode(major, "node_modules/vitest/vitest.mjs", "run", ...filters);
  }
}
rmSync(reportFolder, { recursive: true, force: true });

const failedChecks = Object.keys(isDone).filter((name) => !isDone[name]);
if (failedChecks.length > 0) console.log(`\nFailed: ${failedChecks.join(", ")}`);
const passed = tests.passed + Object.keys(isDone).length - failedChecks.length;
const failed = tests.failed + failedChecks.length;
process.exitCode = failed === 0 ? 0 : 1;
console.log(`\n${passed} passed, ${failed} failed`);

/** Runs programs beside others: the output of each is printed when it has ended. Resolves with whether each is done. */
async function runOneByOne(...commands) {
  const areDone = [];
  for (const [program, ...rest] of commands) {
    const child = spawn(process.execPath, [join(root, program), ...rest], {
      cwd: root,
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text) => (output += text));
    const status = await new Promise((resolve) => child.on("close", resolve).on("error", resolve));
    console.log(titleOf(program, rest));
    if (output.trim() !== "") console.log(output.trimEnd());
    areDone.push(status === 0);
  }
  return areDone;
}

function titleOf(program, rest) {
  const shown = rest.filter((argument) => !argument.includes("eport"));
  return `\n> ${program.replace(/^.*\//, "")} ${shown.join(" ")}`;
}

function runNode(program, ...rest) {
  console.log(titleOf(program, rest));
  const { status } = spawnSync(process.execPath, [join(root, program), ...rest], {
    cwd: root,
    env: environment,
    stdio: "inherit",
  });
  return status === 0;
}

/** Another release of Node, from the npm registry: one check, whose own output says how it went. */
function runOnNode(major, program, ...rest) {
  console.log(`\n> node ${major}: ${program.replace(/^.*\//, "")} ${rest.join(" ")}`);
  const words = ["-y", "-p", `node@${major}`, "node", join(root, program), ...rest];
  const { status } = spawnSync("npx", words, { cwd: root, env: allowed, stdio: "inherit" });
  return status === 0;
}

/** A file that does not even load has no failed tests: it counts as one. So does a run that failed without saying where. */
function countTests(areDone) {
  try {
    const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(reportFile, "utf8"));
    const broken = testResults.filter(({ status, assertionResults }) => {
      return status === "failed" && !assertionResults.some((result) => result.status === "failed");
    });
    const failed = numFailedTests + broken.length;
    return { passed: numPassedTests, failed: failed === 0 && !areDone ? 1 : failed };
  } catch {
    return { passed: 0, failed: 1 };
  }
}
