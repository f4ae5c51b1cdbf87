// npm run flows: how many files one webhook, one task and one cancellation run through, counted by V8.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { root } from "./workspace-packages.mjs";

const names = {
  webhook: "webhook -> 200 and queued",
  task: "claimed entry -> settled",
  cancellation: "cancellation of a running task -> settled",
};

/** Runs the three flows in a process of their own; returns the files of each by its name. */
export function measureFlows() {
  const hooks = pathToFileURL(join(root, "test/flows/typescript-hooks.mjs")).href;
  const words = ["--conditions=agentbot-source", "--import", hooks, join(root, "test/flows/measure-flows.ts")];
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { cwd: root, encoding: "utf8" });
  if (status !== 0) throw new Error(`The flows could not be measured:\n${stderr}`);
  return JSON.parse(stdout.trim().split("\n").at(-1));
}

function describe(files) {
  const lines = files.reduce(
    (sum, file) => sum + readFileSync(join(root, file), "utf8").trimEnd().split("\n").length,
    0,
  );
  const packages = new Map();
  for (const file of files) {
    const name = file.split("/")[1];
    packages.set(name, (packages.get(name) ?? 0) + 1);
  }
  const parts = [...packages].map(([name, count]) => `${name} ${count}`).join(", ");
  return `${files.length} files (${parts}), ${lines} lines, ${Math.round(lines / files.length)} lines a file`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [flow, files] of Object.entries(measureFlows())) {
    console.log(`${names[flow]}: ${describe(files)}`);
    if (process.argv.includes("--files")) console.log(files.map((file) => `  ${file}`).join("\n"));
  }
}
