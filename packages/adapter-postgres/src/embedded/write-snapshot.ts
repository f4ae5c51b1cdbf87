import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { initializeDataDirectory } from "./initialize-data-directory.js";
import { packSnapshot } from "./pack-snapshot.js";
import { snapshotFileName } from "./snapshot-file.js";

/** Makes the snapshot and writes it into the directory of this package's build; returns its path and size in bytes. */
export async function writeSnapshot(directory: string): Promise<{ readonly path: string; readonly bytes: number }> {
  const path = join(directory, snapshotFileName);
  const temporary = await mkdtemp(join(tmpdir(), "agentbot-snapshot-"));
  try {
    const data = join(temporary, "pgdata");
    await initializeDataDirectory(data);
    const snapshot = packSnapshot(data);
    await writeFile(path, snapshot);
    return { path, bytes: snapshot.byteLength };
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}
