// Builds what changed: `node scripts/build.mjs` makes code and type declarations, `--code-only` skips the slow half.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeDeclarations } from "./declarations.mjs";
import { ensureInstalled } from "./ensure-installed.mjs";
import { root, workspacePackages } from "./workspace-packages.mjs";

const concurrency = 2;

/**
 * Builds the packages whose sources changed since their last build, dependencies first.
 * `only`: this package and what it needs. `codeOnly`: no type declarations. Throws when a build fails.
 */
export async function build({ only = null, codeOnly = false, quiet = false } = {}) {
  const wanted = withDependencies(workspacePackages(), only);
  await buildCode(wanted, quiet);
  if (codeOnly) return;
  const stale = wanted.filter((one) => one.isLibrary && !hasStamp(one, "declarations"));
  if (stale.length === 0) return;
  const startedAt = performance.now();
  await writeDeclarations(stale.map(({ folder }) => folder));
  for (const one of stale) writeStamp(one, "declarations");
  console.log(`type declarations of ${stale.length} packages built in ${secondsSince(startedAt)}`);
}

async function buildCode(wanted, quiet) {
  const running = new Map();
  const slots = Array.from({ length: concurrency }, () => Promise.resolve());
  for (const [index, one] of wanted.entries()) {
    const needed = one.dependencies.map((name) => running.get(name));
    const slot = index % concurrency;
    const work = Promise.all([slots[slot], ...needed]).then(() => buildOne(one, quiet));
    slots[slot] = work.catch(() => {});
    running.set(one.name, work);
  }
  const outcomes = await Promise.allSettled(running.values());
  const failed = outcomes.find(({ status }) => status === "rejected");
  if (failed) throw failed.reason;
}

function withDependencies(all, only) {
  if (only === null) return all;
  const names = new Set([only]);
  for (const { name, dependencies } of [...all].reverse())
    if (names.has(name)) for (const other of dependencies) names.add(other);
  if (!all.some(({ name }) => name === only)) throw new Error(`There is no package ${only} to build.`);
  return all.filter(({ name }) => names.has(name));
}

async function buildOne(one, quiet) {
  if (hasStamp(one, "code")) {
    if (!quiet) console.log(`${one.name} is up to date`);
    return;
  }
  // Without its stamps a build that fails can't pass for one that was done.
  for (const part of ["code", "declarations"]) rmSync(stampFile(one, part), { force: true });
  const startedAt = performance.now();
  await run(one, join(root, "node_modules/tsup/dist/cli-default.js"), "--no-dts");
  // What a package ships beside its code is made by its own build-assets.mjs, with the code just built.
  const assets = join(one.folder, "scripts/build-assets.mjs");
  if (existsSync(assets)) await run(one, assets);
  writeStamp(one, "code");
  console.log(`${one.name} built in ${secondsSince(startedAt)}`);
}

/** Beside `dist`, which is published as it is. */
function stampFile({ folder }, part) {
  return join(folder, ".build", `${part}-built-from`);
}

function hasStamp(one, part) {
  const file = stampFile(one, part);
  return existsSync(join(one.folder, "dist")) && existsSync(file) && readFileSync(file, "utf8") === one.hash;
}

function writeStamp(one, part) {
  const file = stampFile(one, part);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, one.hash);
}

function secondsSince(startedAt) {
  return `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
}

function run({ name, folder }, ...words) {
  const child = spawn(process.execPath, words, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => (code === 0 ? resolve() : reject(new Error(`${name} does not build:\n${output}`))));
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  ensureInstalled();
  try {
    await build({ codeOnly: process.argv.includes("--code-only") });
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
