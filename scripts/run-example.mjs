// Runs an example from its build, after installing and building what is missing.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "./build.mjs";
import { ensureInstalled } from "./ensure-installed.mjs";
import { root } from "./workspace-packages.mjs";

/** Runs `examples/<example>/dist/main.js` in this process, with the arguments this process got. */
export async function runExample(example) {
  ensureInstalled();
  const main = join(root, "examples", example, "dist/main.js");
  try {
    await build({ only: `@agentbot/example-${example}`, codeOnly: true, quiet: true });
    if (!existsSync(main)) throw new Error(`The build of examples/${example} made no dist/main.js.`);
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
  process.argv[1] = main;
  await import(pathToFileURL(main).href);
}
