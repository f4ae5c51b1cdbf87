import { existsSync, renameSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Logger } from "@agentbot/core";
import { createCleanupStack, loggerSchema, parseOptions, type ShapeOf } from "@agentbot/core/adapter";
import { z } from "zod";
import type { SqlDatabase } from "../database/sql-database.js";
import { migrate } from "../migrations/migrate.js";
import { lockDataDirectory } from "./data-directory-lock.js";
import { pgliteSqlDatabase } from "./pglite-sql-database.js";
import { unpackSnapshot } from "./snapshot-archive.js";
import { readSnapshotFile } from "./snapshot-file.js";
import { startPgliteInMemory, startPgliteOnDisk } from "./start-pglite.js";
import { syncPath, syncTree } from "./sync-tree.js";
import { initializeDataDirectory } from "./write-snapshot.js";

const optionsSchema = z.strictObject({
  dataDirectory: z.string().min(1).nullable(),
  logger: loggerSchema.optional(),
  signal: z.instanceof(AbortSignal).optional(),
} satisfies ShapeOf<PgliteDatabaseOptions>);

/** Options of {@link openPgliteDatabase}. */
export interface PgliteDatabaseOptions {
  /** The directory of its files, created if it does not exist. Null keeps it in memory, for tests and trials. */
  readonly dataDirectory: string | null;
  /** Receives a line when the opening waits for another machine's process. @defaultValue silent */
  readonly logger?: Logger;
  /** Aborts the opening. */
  readonly signal?: AbortSignal;
}

/** An embedded database that is open. */
export interface PgliteDatabase extends SqlDatabase {
  /** Waits for the running transaction, writes everything out and unlocks the directory. Later calls return the same promise. */
  close(): Promise<void>;
}

/**
 * Opens PostgreSQL inside this process, migrated to this release: no server, one process at a time, the same SQL.
 * A committed transaction is on the disk, whatever is killed.
 *
 * @throws AgentBotError `DATA_DIRECTORY_LOCKED` when another process has it open, `MIGRATION_MISMATCH` when a newer
 * release wrote it, `STORE_UNAVAILABLE` when it does not start
 */
export async function openPgliteDatabase(options: PgliteDatabaseOptions): Promise<PgliteDatabase> {
  const { dataDirectory, logger, signal } = parseOptions("openPgliteDatabase", optionsSchema, options);
  const cleanup = createCleanupStack();
  try {
    const lock = dataDirectory === null ? null : await lockDataDirectory(resolve(dataDirectory), { signal, logger });
    cleanup.push(() => lock?.release());
    const pglite = await startPglite(dataDirectory, signal);
    // Closing writes too.
    cleanup.push(() => (lock?.isHeld() === false ? undefined : pglite.close()));
    signal?.throwIfAborted();
    const database = pgliteSqlDatabase(pglite, lock?.isHeld);
    await migrate(database);
    signal?.throwIfAborted();
    return { ...database, close: () => cleanup.run() };
  } catch (error) {
    await cleanup.run();
    throw error;
  }
}

async function startPglite(dataDirectory: string | null, signal: AbortSignal | undefined) {
  if (dataDirectory === null) return await startPgliteInMemory(await readSnapshotFile());
  const directory = join(resolve(dataDirectory), "pgdata");
  if (!existsSync(directory)) await makeDataDirectory(directory);
  signal?.throwIfAborted();
  return await startPgliteOnDisk(directory, { durability: "full" });
}

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
