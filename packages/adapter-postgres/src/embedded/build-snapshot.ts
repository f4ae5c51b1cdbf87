import { migrate } from "../migrations/migrate.js";
import { pgliteSqlDatabase } from "./pglite-sql-database.js";
import { startPgliteInMemory } from "./start-pglite.js";

/** Makes a migrated data directory, as a gzipped tar: what a new embedded database starts from. Takes some seconds. */
export async function buildSnapshot(): Promise<Uint8Array<ArrayBuffer>> {
  const pglite = await startPgliteInMemory(null);
  try {
    const database = pgliteSqlDatabase(pglite);
    await migrate(database);
    await database.runScript("VACUUM FREEZE");
    await database.runScript("CHECKPOINT");
    const dump = await pglite.dumpDataDir("gzip");
    return new Uint8Array(await dump.arrayBuffer());
  } finally {
    await pglite.close();
  }
}
