import type { KeyRing, Store } from "@agentbot/core";
import { parseOptions } from "@agentbot/core/adapter";
import { z } from "zod";
import { createPostgresBudgetLedger } from "./budgets/create-postgres-budget-ledger.js";
import { createPostgresCheckpointStore } from "./checkpoints/create-postgres-checkpoint-store.js";
import type { SqlDatabase } from "./database/sql-database.js";
import { createPostgresEffectLedger } from "./effects/create-postgres-effect-ledger.js";
import { createPostgresStoreHealth } from "./health/create-postgres-store-health.js";
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
  /** Encrypts the webhook secrets of installations. */
  readonly keyRing: KeyRing;
}

const hasMethods = (names: readonly string[]) => (value: unknown) =>
  typeof value === "object" && value !== null && names.every((name) => typeof Reflect.get(value, name) === "function");

const optionsSchema = z.strictObject({
  database: z.custom<SqlDatabase>(
    hasMethods(["query", "runScript", "transaction"]),
    "expected a database, from openPgliteDatabase say",
  ),
  keyRing: z.custom<KeyRing>(hasMethods(["encrypt", "decrypt"]), "expected a KeyRing"),
});

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
  const { database, keyRing } = parseOptions("createPostgresStore", optionsSchema, options);
  return Object.freeze({
    inbox: createPostgresInbox(database),
    tasks: createPostgresTaskStore(database),
    outbox: createPostgresOutbox(database),
    threads: createPostgresThreadStore(database),
    effects: createPostgresEffectLedger(database),
    transcript: createPostgresTranscript(database),
    checkpoints: createPostgresCheckpointStore(database),
    budgets: createPostgresBudgetLedger(database),
    installations: createPostgresInstallationStore(database, keyRing),
    health: createPostgresStoreHealth(database),
  });
}
