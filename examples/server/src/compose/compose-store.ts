import { join, resolve } from "node:path";
import {
  createPostgresStore,
  migrate,
  openPgliteDatabase,
  openPostgresDatabase,
  type SqlDatabase,
} from "@agentbot/adapter-postgres";
import { createAesKeyRing, type Store } from "@agentbot/core";
import { Pool } from "pg";
import type { Environment } from "../environment/environment-schema.js";
import type { ComposeTools } from "./compose-context.js";
import { loadEncryptionKeys } from "./load-encryption-keys.js";
import { makeDirectory } from "./make-directory.js";
import { waitForDatabase } from "./wait-for-database.js";

/** The store, and the database beneath it. */
export interface StoreAdapters {
  readonly store: Store;
  /** Also for the queue and pub/sub; null when embedded, where only this process can reach it. */
  readonly sharedDatabase: SqlDatabase | null;
}

/** Connections beside those of the runs: gateway, reconciler, claims, and two that listen. */
const connectionsBesideRuns = 10;

/** The store on PostgreSQL, migrated: on a server when there is a `DATABASE_URL`, else embedded in `DATA_DIR`. */
export async function composeStore(environment: Environment, tools: ComposeTools): Promise<StoreAdapters> {
  const dataDirectory = resolve(environment.DATA_DIR);
  if (environment.DATABASE_URL === undefined) await makeDirectory("DATA_DIR", dataDirectory);
  const keyRing = createAesKeyRing({
    keys: await loadEncryptionKeys(environment.AGENTBOT_ENCRYPTION_KEYS, dataDirectory),
  });
  if (environment.DATABASE_URL === undefined) {
    const database = await openPgliteDatabase({ dataDirectory: join(dataDirectory, "database") });
    tools.cleanup.push(() => database.close());
    return { store: createPostgresStore({ database, keyRing }), sharedDatabase: null };
  }
  const database = await openServer(environment.DATABASE_URL, environment.WORKER_CONCURRENCY, tools);
  return { store: createPostgresStore({ database, keyRing }), sharedDatabase: database };
}

async function openServer(
  connectionString: string,
  runs: number,
  { logger, cleanup }: ComposeTools,
): Promise<SqlDatabase> {
  const pool = new Pool({
    connectionString,
    max: connectionsBesideRuns + runs,
    keepAlive: true,
    application_name: "agentbot",
  });
  cleanup.push(() => pool.end());
  // An idle connection that breaks is replaced; the next statement fails if the server is down.
  const database = openPostgresDatabase({ pool });
  await waitForDatabase(connectionString, () => migrate(database), logger);
  return database;
}
