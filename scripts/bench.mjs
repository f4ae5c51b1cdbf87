// npm run bench -- [names]: builds what is missing, then measures agentbot beside its peers.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "./build.mjs";
import { ensureInstalled } from "./ensure-installed.mjs";
import { root } from "./workspace-packages.mjs";

ensureInstalled();
try {
  await build({ codeOnly: true, quiet: true });
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
await import(pathToFileURL(join(root, "bench/dist/main.js")).href);
