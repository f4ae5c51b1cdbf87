import { createSilentLogger, type Logger } from "@agentbot/core";
import { maxTimerMs, parseOptions, portSchema, type ShapeOf } from "@agentbot/core/adapter";
import { z } from "zod";
import { retryConflicts } from "./errors.js";
import { listenOnConnection } from "./listen-on-connection.js";
import type { PostgresPool } from "./postgres-pool.js";
import { answerMarginMs, createPostgresSessions, type SessionSettings } from "./postgres-sessions.js";
import { runTransaction } from "./postgres-transaction.js";
import { runExclusively } from "./run-exclusively.js";
import type { SqlDatabase } from "./sql-database.js";

/** Options of {@link openPostgresDatabase}. */
export interface PostgresDatabaseOptions {
  /**
   * A `Pool` of `pg` 8; yours to end. Give agentbot one of its own: the limits below are set on its connections, and its
   * `connectionTimeoutMillis` if it has none. Each `listen` keeps one of them.
   */
  readonly pool: PostgresPool;
  /**
   * How long a statement may take, in milliseconds. The server ends a longer one, and a transaction whose process has
   * gone silent for as long; one second later the connection is given up, should the server not say so.
   * @defaultValue 10000
   */
  readonly statementTimeoutMs?: number;
  /** How long a statement may wait for a lock, in milliseconds. @defaultValue 5000 */
  readonly lockTimeoutMs?: number;
  /** How long to wait for a connection, new or free, in milliseconds. @defaultValue 5000 */
  readonly connectTimeoutMs?: number;
  /**
   * True behind PgBouncer in transaction mode, or the like: nothing is prepared and nothing is set on a connection. The
   * server then limits transactions only; set `statement_timeout` for the role. `listen` needs a direct connection.
   * @defaultValue false
   */
  readonly isBehindTransactionPooler?: boolean;
  /** Receives a warning when the pool loses an idle connection. @defaultValue silent */
  readonly logger?: Logger;
}

// The answer to a statement is awaited a second longer than the statement may take.
const maxTimeoutMs = maxTimerMs - answerMarginMs;
const timeout = (defaultMs: number) => z.number().int().positive().max(maxTimeoutMs).default(defaultMs);
const optionsSchema = z.strictObject({
  pool: portSchema<PostgresPool>("a Pool of the package pg", ["connect", "on"]),
  statementTimeoutMs: timeout(10_000),
  lockTimeoutMs: timeout(5_000),
  connectTimeoutMs: timeout(5_000),
  isBehindTransactionPooler: z.boolean().default(false),
  logger: portSchema<Logger>("a Logger", ["warn"]).default(createSilentLogger),
} satisfies ShapeOf<PostgresDatabaseOptions>);

/**
 * PostgreSQL, 14 or newer, over your pool: what the store, the queue and the wake-ups are made from. Nothing is connected
 * yet, and there is nothing to close but the pool.
 *
 * The loss of an idle connection is logged, and the pool opens another: without a listener for the pool's `error` event it
 * would end the process.
 *
 * @throws AgentBotError `CONFIGURATION_INVALID` naming every wrong option
 *
 * @example
 * const pool = new Pool({ connectionString, max: 20, keepAlive: true });
 * const database = openPostgresDatabase({ pool });
 * await migrate(database);
 * const store = createPostgresStore({ database, keyRing });
 */
export function openPostgresDatabase(options: PostgresDatabaseOptions): SqlDatabase {
  const { logger, ...settings } = parseOptions("openPostgresDatabase", optionsSchema, options);
  settings.pool.on("error", (error) => {
    logger.warn({ err: error }, "An idle database connection was lost; the pool opens another when needed.");
  });
  limitConnecting(settings);
  return databaseOver({ ...settings, schema: null });
}

/** A pool fills up with connections that a silent server never answers, and stays full when it is back. */
function limitConnecting({
  pool: { options },
  connectTimeoutMs,
}: {
  pool: PostgresPool;
  connectTimeoutMs: number;
}): void {
  // Later than the caller's own limit, which has the better error.
  if (options) options.connectionTimeoutMillis ||= connectTimeoutMs + 1_000;
}

function databaseOver(settings: SessionSettings): SqlDatabase {
  const sessions = createPostgresSessions(settings);
  const { isBehindTransactionPooler, schema } = settings;
  const schemas = new Map<string, SqlDatabase>();
  const inTransaction: SqlDatabase["transaction"] = (work, options) =>
    retryConflicts(() => sessions.use((session) => runTransaction(session, settings, work, options)));
  const database: SqlDatabase = {
    query(text, parameters, options) {
      if (isBehindTransactionPooler && (options?.isLocking || schema !== null))
        return inTransaction((transaction) => transaction.query(text, parameters, options));
      return retryConflicts(() => sessions.use((session) => session.query(text, parameters, options)));
    },
    runScript(text) {
      if (isBehindTransactionPooler && schema !== null)
        return inTransaction((transaction) => transaction.runScript(text));
      return retryConflicts(() => sessions.use((session) => session.runScript(text)));
    },
    transaction: inTransaction,
    exclusively: (name, work, options) => runExclusively({ sessions, settings, database }, name, work, options),
    listen: (channel, listener) => listenOnConnection(sessions, channel, listener),
    inSchema(name) {
      const known = schemas.get(name) ?? databaseOver({ ...settings, schema: name });
      schemas.set(name, known);
      return known;
    },
  };
  return database;
}
