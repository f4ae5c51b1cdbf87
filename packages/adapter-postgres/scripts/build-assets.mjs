// Puts the migrated data directory into dist, from which a new embedded database starts: without it a first start runs
// initdb, which takes some seconds and twice the memory. Runs after tsup, since the package's own build has no entry for it.
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const outfile = here("../.build/write-snapshot.mjs");
await build({
  entryPoints: [here("../src/embedded/write-snapshot.ts")],
  outfile,
  bundle: true,
  packages: "external",
  platform: "node",
  format: "esm",
});
const { writeSnapshot } = await import(pathToFileURL(outfile).href);
const { path, bytes } = await writeSnapshot(here("../dist"));
process.stdout.write(`SNAP ${path} ${(bytes / 1e6).toFixed(1)} MB\n`);
