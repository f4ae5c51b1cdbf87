import { AgentBotError, type AgentBotErrorOptions } from "@agentbot/core";
import { sleep } from "@agentbot/core/adapter";

/** The SQLSTATE with which a database refused, or null for an error of another kind, e.g. of the network. */
export function sqlStateOf(error: unknown): string | null {
  if (typeof error !== "object" || error === null || !("code" in error)) return null;
  // `EPIPE` looks like one.
  if ("syscall" in error || "errno" in error) return null;
  return typeof error.code === "string" && /^[0-9A-Z]{5}$/.test(error.code) ? error.code : null;
}

/** SQLSTATE classes about the database's state, not about our SQL: connection, login, rollback, resources, operator, system. */
const transientClasses = new Set(["08", "28", "3D", "40", "53", "57", "58", "F0", "XX"]);
/** Read-only transaction, as after a failover; lock not available. */
const transientStates = new Set(["25006", "55P03"]);
/** Undefined table, column or function: the tables are not (all) there. */
const notMigratedStates = new Set(["42P01", "42703", "42883", "3F000"]);
/** Prepared statements that another client's connection has, or has not. */
const poolerStates = new Set(["26000", "42P05"]);

/** The remedy for a pooler that gives each transaction another connection. */
export const poolerAdvice =
  "a pooler in transaction mode stands in between. Connect directly, or open the database with isBehindTransactionPooler.";

/** No task is at fault: it waits, without using up an attempt, until the server is corrected. */
function ofServer(cause: unknown, sqlState: string): AgentBotErrorOptions {
  return { cause, details: { sqlState }, isRetryable: true, isOutage: true };
}

/**
 * Converts a driver's error to an {@link AgentBotError} where the database is the cause: gone, full, closed or not migrated.
 * The refusal of a wrong statement is a bug and returned as it is.
 */
export function toStoreError(error: unknown): unknown {
  if (AgentBotError.isInstance(error)) return error;
  const state = sqlStateOf(error);
  if (state !== null && notMigratedStates.has(state)) {
    return new AgentBotError(
      "MIGRATION_MISMATCH",
      "The database lacks a table or column this release needs: run its migrations (`migrate(database)`) first.",
      ofServer(error, state),
    );
  }
  if (state === "42501") {
    return new AgentBotError(
      "CONFIGURATION_INVALID",
      "The database role may not do this: grant it SELECT, INSERT, UPDATE and DELETE on the tables, USAGE on the sequences and EXECUTE on the functions, and CREATE on the schema to run migrations.",
      ofServer(error, state),
    );
  }
  if (state !== null && poolerStates.has(state)) {
    return new AgentBotError(
      "CONFIGURATION_INVALID",
      `Prepared statements get lost between this process and the database: ${poolerAdvice}`,
      ofServer(error, state),
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

const maxTries = 6;
const baseMs = 10;
const capMs = 500;

/** Serialization failure and deadlock: the database has rolled the transaction back and asks for another try. */
const conflictStates = new Set(["40001", "40P01"]);

/** Keys that a statement numbers from the rows it sees: of two that see the same, the second must be run again. */
const numberedKeys: ReadonlySet<unknown> = new Set(["task_events_pkey"]);

function isNumberTaken(root: unknown): boolean {
  return typeof root === "object" && root !== null && numberedKeys.has(Reflect.get(root, "constraint"));
}

function rootOf(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? rootOf(error.cause) : error;
}

/** True if a migration changed the columns of a prepared statement; a new connection prepares it anew. */
export function isStalePlan(error: unknown): boolean {
  const root = rootOf(error);
  const isOfPlan =
    typeof root === "object" && root !== null && Reflect.get(root, "routine") === "RevalidateCachedQuery";
  return isOfPlan && sqlStateOf(root) === "0A000";
}

/**
 * Runs a transaction again, with exponentially growing waits of full jitter, while it conflicts with others of the same
 * moment. Only a failure that the database has answered counts: after a lost connection it is unknown whether it was done.
 */
export async function retryConflicts<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      const root = rootOf(error);
      const isConflict = conflictStates.has(sqlStateOf(root) ?? "") || isNumberTaken(root) || isStalePlan(error);
      if (!isConflict || tries === maxTries) throw error;
      await sleep(Math.random() * Math.min(capMs, baseMs * 2 ** tries));
    }
  }
}
