import { randomBytes, randomUUID } from "node:crypto";
import { link, open, readFile, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import {
  createPostgresStore,
  migrate,
  openPgliteDatabase,
  openPostgresDatabase,
  type SqlDatabase,
} from "@agentbot/adapter-postgres";
import {
  AgentBotError,
  createAesKeyRing,
  type EncryptionKey,
  type Logger,
  parseEncryptionKeys,
  type Store,
} from "@agentbot/core";
import { sleep } from "@agentbot/core/adapter";
import { Pool } from "pg";
import type { Environment } from "../environment/environment-schema.js";
import type { ComposeTools } from "./compose-context.js";
import { makeDirectory } from "./make-directory.js";

/** The store, and the database beneath it. */
export interface StoreAdapters {
  readonly store: Store;
  /** Also for the queue and pub/sub; null when embedded, where only this process can reach it. */
  readonly sharedDatabase: SqlDatabase | null;
  /** The same one over connections of their own, for health and counts; null when embedded. */
  readonly healthDatabase: SqlDatabase | null;
  /** The encryption keys in base64: also one that was made here is a secret of this process. */
  readonly secrets: readonly string[];
}

/** Connections beside those of the runs: gateway, reconciler, claims, and two that listen. */
const connectionsBesideRuns = 10;

/** The store on PostgreSQL, migrated: on a server when there is a `DATABASE_URL`, else embedded in `DATA_DIR`. */
export async function composeStore(environment: Environment, tools: ComposeTools): Promise<StoreAdapters> {
  const dataDirectory = resolve(environment.DATA_DIR);
  if (environment.DATABASE_URL === undefined) await makeDirectory("DATA_DIR", dataDirectory, tools.logger);
  const keys = await loadEncryptionKeys(environment.AGENTBOT_ENCRYPTION_KEYS, dataDirectory);
  const keyRing = createAesKeyRing({ keys });
  const secrets = keys.map(({ key }) => Buffer.from(key).toString("base64"));
  if (environment.DATABASE_URL === undefined) {
    const database = await openPgliteDatabase({ dataDirectory: join(dataDirectory, "database"), logger: tools.logger });
    tools.cleanup.push(() => database.close());
    return { store: createPostgresStore({ database, keyRing }), sharedDatabase: null, healthDatabase: null, secrets };
  }
  const database = await openServer(environment.DATABASE_URL, environment.WORKER_CONCURRENCY, tools);
  const healthDatabase = openHealthConnections(environment.DATABASE_URL, tools);
  const store = createPostgresStore({ database, keyRing, healthDatabase });
  return { store, sharedDatabase: database, healthDatabase, secrets };
}

/** A look at the database and a count of the queue, which a burst of webhooks neither delays nor is delayed by. */
function openHealthConnections(connectionString: string, { logger, cleanup }: ComposeTools): SqlDatabase {
  const pool = new Pool({ connectionString, max: 2, keepAlive: true, application_name: "agentbot health" });
  cleanup.push(() => pool.end());
  return openPostgresDatabase({ pool, connectTimeoutMs: 1500, statementTimeoutMs: 1500, logger });
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

/** How often to try before giving up, and how long to wait between two tries, in milliseconds. */
const tries = 5;
const pauseMs = 2000;

/**
 * Opens a database that may still be starting, as in a fresh `docker compose up`.
 *
 * @throws AgentBotError `CONFIGURATION_INVALID` naming the host and the database, never user or password
 */
async function waitForDatabase(url: string, open: () => Promise<unknown>, logger: Logger): Promise<void> {
  for (let tried = 1; ; tried += 1) {
    try {
      await open();
      return;
    } catch (error) {
      if (AgentBotError.hasCode(error, "MIGRATION_MISMATCH")) throw error;
      const isOutage = AgentBotError.hasCode(error, "STORE_UNAVAILABLE");
      if (!isOutage || tried >= tries) throw refusal(url, tried, error);
      if (tried === 1) logger.warn({ err: error }, "PostgreSQL does not answer yet; trying again");
    }
    await sleep(pauseMs);
  }
}

function refusal(url: string, tried: number, error: unknown): AgentBotError {
  const { host, pathname } = new URL(url);
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const why = cause instanceof Error ? cause.message || String(Reflect.get(cause, "code")) : String(cause);
  const times = tried === 1 ? "" : ` after ${tried} tries`;
  // A server that answers and is refused has its remedy in the reason.
  const remedy = AgentBotError.hasCode(error, "CONFIGURATION_INVALID") ? "" : ". Start it, or correct the URL.";
  const message = `DATABASE_URL: PostgreSQL at ${host || "the local socket"}${pathname} cannot be opened${times}: ${why}${remedy}`;
  return new AgentBotError("CONFIGURATION_INVALID", message, { cause: error });
}

/**
 * The keys of the environment, or, when embedded, the one that was made for this data directory (mode 0600).
 *
 * @throws AgentBotError `CONFIGURATION_INVALID` if the keys, or those in the file, are invalid
 */
async function loadEncryptionKeys(given: string | undefined, dataDirectory: string): Promise<readonly EncryptionKey[]> {
  if (given !== undefined) return parseEncryptionKeys(given);
  const path = join(dataDirectory, "encryption-keys");
  await makeOnce(path, `embedded:${randomBytes(32).toString("base64")}\n`);
  try {
    return parseEncryptionKeys((await readFile(path, "utf8")).trim());
  } catch (error) {
    if (!AgentBotError.hasCode(error, "CONFIGURATION_INVALID")) throw error;
    const fix = "Restore the file from a backup: without its keys what is stored encrypted cannot be read.";
    throw new AgentBotError("CONFIGURATION_INVALID", `${path} is damaged: ${error.message} ${fix}`, { cause: error });
  }
}

/** Makes a file unless it is there, whole or not at all: a process that is killed here leaves no half a key. */
async function makeOnce(path: string, content: string): Promise<void> {
  const draft = `${path}.${randomUUID()}`;
  const file = await open(draft, "wx", 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
    await link(draft, path);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  } finally {
    await file.close();
    await rm(draft, { force: true });
  }
}
