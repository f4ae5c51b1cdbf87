import { mkdirSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { migrate } from "../migrations/migrate.js";
import { pgliteSqlDatabase } from "./pglite-sql-database.js";
import { packSnapshot } from "./snapshot-archive.js";
import { snapshotFileName } from "./snapshot-file.js";
import { startPgliteOnDisk } from "./start-pglite.js";

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

/** Makes a migrated data directory from nothing, shut down cleanly. Takes some seconds and twice the usual memory. */
export async function initializeDataDirectory(directory: string): Promise<void> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const pglite = await startPgliteOnDisk(directory, { durability: "relaxed" });
  try {
    const database = pgliteSqlDatabase(pglite);
    await migrate(database);
    await database.runScript("VACUUM FREEZE");
  } finally {
    await pglite.close();
  }
}
