// Brings node_modules in line with package-lock.json. Plain Node: it runs before anything is installed.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));
const lockFile = resolve(root, "package-lock.json");
const installedLockFile = resolve(root, "node_modules/.package-lock.json");
const stampFile = resolve(root, "node_modules/.installed-lock-sha256");
const minimum = [20, 19];

/** Installs what package-lock.json names, if it is not there yet. Ends the process when that is impossible. */
export function ensureInstalled() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < minimum[0] || (major === minimum[0] && minor < minimum[1])) {
    fail(
      `agentbot needs Node ${minimum.join(".")} or newer; this is ${process.versions.node}. Install it from https://nodejs.org.`,
    );
  }
  const lockHash = createHash("sha256").update(readFileSync(lockFile)).digest("hex");
  if (isInstalled(lockHash)) return;
  console.log("Installing dependencies (npm ci) ...");
  const options = { cwd: root, encoding: "utf8", shell: process.platform === "win32" };
  const { status, stdout, stderr, error } = spawnSync(
    "npm",
    ["ci", "--include=dev", "--no-audit", "--no-fund"],
    options,
  );
  if (status !== 0) fail(`npm ci failed:\n${stdout ?? ""}${stderr ?? ""}${error ? error.message : ""}`);
  writeFileSync(stampFile, lockHash);
}

function isInstalled(lockHash) {
  if (!existsSync(installedLockFile)) return false;
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === lockHash) return true;
  return statSync(installedLockFile).mtimeMs >= statSync(lockFile).mtimeMs;
}

function fail(message) {
  console.error(message);
  process.exit(1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) ensureInstalled();
