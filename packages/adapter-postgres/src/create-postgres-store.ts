import { AgentBotError, type KeyRing, type Store, type StoreHealth } from "@agentbot/core";
import { parseOptions, portSchema, type ShapeOf, unlessAborted } from "@agentbot/core/adapter";
import { z } from "zod";
import { createPostgresBudgetLedger } from "./budgets/create-postgres-budget-ledger.js";
import { createPostgresCheckpointStore } from "./checkpoints/create-postgres-checkpoint-store.js";
import { createPostgresCommandStore } from "./commands/create-postgres-command-store.js";
import { createPostgresCredentialStore } from "./credentials/create-postgres-credential-store.js";
import { databaseSchema, placedDatabase, schemaOption } from "./database/database-schema.js";
import { execute } from "./database/rows.js";
import { sql } from "./database/sql.js";
import type { SqlDatabase } from "./database/sql-database.js";
import { createPostgresEffectLedger } from "./effects/create-postgres-effect-ledger.js";
import { createPostgresInbox } from "./inbox/create-postgres-inbox.js";
import { createPostgresInstallationStore } from "./installations/create-postgres-installation-store.js";
import { createPostgresOutbox } from "./outbox/create-postgres-outbox.js";
import { createPostgresTaskStore } from "./tasks/create-postgres-task-store.js";
import { createPostgresThreadStore } from "./threads/create-postgres-thread-store.js";
import { createPostgresTranscript } from "./transcript/create-postgres-transcript.js";

/** Options of {@link createPostgresStore}. */
export interface PostgresStoreOptions {
  /** A migrated database; yours to close. */
  readonly database: SqlDatabase;
  /** Encrypts the webhook secrets of installations and the tokens of accounts. */
  readonly keyRing: KeyRing;
  /**
   * The schema of the tables, the one that `migrate` was called with.
   * @defaultValue the connection's `search_path`
   */
  readonly schema?: string;
  /**
   * The same database over a pool of its own, so that a look at its health takes no connection from those who work, and
   * waits for none. @defaultValue `database`
   */
  readonly healthDatabase?: SqlDatabase;
}

const optionsSchema = z.strictObject({
  database: databaseSchema,
  keyRing: portSchema<KeyRing>("a KeyRing", ["encrypt", "decrypt"]),
  schema: schemaOption,
  healthDatabase: databaseSchema.optional(),
} satisfies ShapeOf<PostgresStoreOptions>);

/**
 * The store on PostgreSQL: every method is one statement or one short transaction.
 *
 * @throws AgentBotError `CONFIGURATION_INVALID` for a wrong option; its methods throw `STORE_UNAVAILABLE` when the database
 * cannot be reached, `STORED_ROW_INVALID` for a row that does not parse, `MIGRATION_MISMATCH` where tables are missing
 *
 * @example
 * const database = await openPgliteDatabase({ dataDirectory: ".agentbot/database" });
 * const store = createPostgresStore({ database, keyRing });
 */
export function createPostgresStore(options: PostgresStoreOptions): Store {
  const {
    database,
    keyRing,
    schema,
    healthDatabase = database,
  } = parseOptions("createPostgresStore", optionsSchema, options);
  const placed = placedDatabase(database, schema);
  return Object.freeze({
    inbox: createPostgresInbox(placed),
    tasks: createPostgresTaskStore(placed),
    outbox: createPostgresOutbox(placed),
    threads: createPostgresThreadStore(placed),
    effects: createPostgresEffectLedger(placed),
    transcript: createPostgresTranscript(placed),
    checkpoints: createPostgresCheckpointStore(placed),
    budgets: createPostgresBudgetLedger(placed),
    installations: createPostgresInstallationStore(placed, keyRing),
    credentials: createPostgresCredentialStore(placed, keyRing),
    commands: createPostgresCommandStore(placed),
    health: createPostgresStoreHealth(placedDatabase(healthDatabase, schema)),
  });
}

/**
 * A statement that changes nothing: it fails where the tables are missing, locked, or only to be read, as on a standby. It
 * runs outside of a transaction, whose beginning sets another mode than the session's.
 */
const writeNothing = sql`UPDATE tasks SET attempt = attempt WHERE FALSE`;

/** The health of the store over a database. */
function createPostgresStoreHealth(database: SqlDatabase): StoreHealth {
  return {
    async ping({ signal }) {
      await unlessAborted(
        execute(database, writeNothing),
        signal,
        (reason) => new AgentBotError("STORE_UNAVAILABLE", "The database did not answer in time.", { cause: reason }),
      );
    },
  };
}
