import { renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { initializeDataDirectory } from "./initialize-data-directory.js";
import { readSnapshotFile } from "./snapshot-file.js";
import { syncPath, syncTree } from "./sync-tree.js";
import { unpackSnapshot } from "./unpack-snapshot.js";

/**
 * Makes a new data directory, from the shipped snapshot where there is one: at a place beside it first, written out, then
 * moved in one step. A process that dies on the way leaves no half database behind.
 */
export async function makeDataDirectory(directory: string): Promise<void> {
  const staging = `${directory}.new`;
  rmSync(staging, { recursive: true, force: true });
  const snapshot = await readSnapshotFile();
  if (snapshot) unpackSnapshot(snapshot, staging);
  else await initializeDataDirectory(staging);
  await syncTree(staging);
  renameSync(staging, directory);
  await syncPath(dirname(directory));
}
