import { AgentBotError } from "@agentbot/core";
import { sqlStateOf } from "./sql-state.js";

/** SQLSTATE classes that tell of the database's state, not of our SQL: connection, login, rollback, resources, operator, system. */
const transientClasses = new Set(["08", "28", "3D", "40", "53", "57", "58", "F0", "XX"]);
/** Read-only transaction, as after a failover; lock not available. */
const transientStates = new Set(["25006", "55P03"]);
/** Undefined table, column or function: the tables are not (all) there. */
const notMigratedStates = new Set(["42P01", "42703", "42883", "3F000"]);
/** Prepared statements that another client's connection has, or has not. */
const poolerStates = new Set(["26000", "42P05"]);

/**
 * What a driver threw, as an {@link AgentBotError} where it tells of the database: gone, full, closed or not migrated.
 * A statement the database refuses for what it says is a bug and comes back as it is.
 */
export function toStoreError(error: unknown): unknown {
  if (AgentBotError.isInstance(error)) return error;
  const state = sqlStateOf(error);
  if (state !== null && notMigratedStates.has(state)) {
    return new AgentBotError(
      "MIGRATION_MISMATCH",
      "The database lacks a table or column this release needs: run its migrations (`migrate(database)`) first.",
      { cause: error, details: { sqlState: state } },
    );
  }
  if (state === "42501") {
    return new AgentBotError(
      "CONFIGURATION_INVALID",
      "The database role may not do this: grant it SELECT, INSERT, UPDATE and DELETE on the tables, USAGE on the sequences and EXECUTE on the functions, and CREATE on the schema to run migrations.",
      { cause: error, details: { sqlState: state } },
    );
  }
  if (state !== null && poolerStates.has(state)) {
    return new AgentBotError(
      "CONFIGURATION_INVALID",
      "Prepared statements get lost between this process and the database: a pooler in transaction mode stands in between. Open the database with isBehindTransactionPooler, or connect directly.",
      { cause: error, details: { sqlState: state } },
    );
  }
  // A wrong argument is a bug of the caller, not of the database.
  if (state === null && (error instanceof TypeError || error instanceof RangeError)) return error;
  const isOfDatabase = state === null || transientClasses.has(state.slice(0, 2)) || transientStates.has(state);
  if (!isOfDatabase) return error;
  const why = state === null ? "it is closed or cannot be reached" : `SQLSTATE ${state}`;
  return new AgentBotError("STORE_UNAVAILABLE", `The database does not answer (${why}): see the cause and try again.`, {
    cause: error,
    details: { sqlState: state },
  });
}
