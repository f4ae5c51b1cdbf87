// Puts the migrated data directory into dist, from which a new embedded database starts: without it a first start runs
// initdb, which takes some seconds and twice the memory. Runs after tsup, on its output.
import { fileURLToPath } from "node:url";
import { writeSnapshot } from "../dist/write-snapshot.js";

const { path, bytes } = await writeSnapshot(fileURLToPath(new URL("../dist", import.meta.url)));
process.stdout.write(`SNAP ${path} ${(bytes / 1e6).toFixed(1)} MB\n`);
