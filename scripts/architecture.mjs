// npm run architecture: prints what breaks the rules of test/architecture, under the given paths or everywhere.

import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { root } from "./workspace-packages.mjs";

const folder = mkdtempSync(join(root, "node_modules/.architecture-"));
try {
  const outfile = join(folder, "check.mjs");
  const define = {
    "import.meta.url": JSON.stringify(pathToFileURL(join(root, "test/architecture/tree/source-tree.ts")).href),
  };
  await build({
    entryPoints: [join(root, "test/architecture/check.ts")],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    external: ["typescript"],
    define,
  });
  await import(pathToFileURL(outfile).href);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
