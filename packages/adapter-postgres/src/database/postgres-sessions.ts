import { createHash } from "node:crypto";
import { checkServer } from "./check-server.js";
import { type PostgresConnection, takeConnection } from "./postgres-connection.js";
import type { PostgresPool, PostgresPoolClient, PostgresResult } from "./postgres-pool.js";
import { postgresParameter, postgresTypes } from "./postgres-types.js";
import { quotedName } from "./sql.js";
import type { SqlExecutor } from "./sql-database.js";

/** The settings of every connection of a pool. */
export interface SessionSettings {
  readonly pool: PostgresPool;
  readonly statementTimeoutMs: number;
  readonly lockTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly isBehindTransactionPooler: boolean;
  /** The schema of the tables; null for the `search_path` of the pool's connections. */
  readonly schema: string | null;
}

/** A connection with its settings, ready for statements. */
export interface PostgresSession extends SqlExecutor {
  readonly connection: PostgresConnection;
  /** Runs text without parameters, such as `COMMIT`. */
  command(text: string): Promise<PostgresResult>;
  /** How long this process waits for an answer from now on: longer than the server takes to say that it was too long. */
  limit(statementTimeoutMs: number): void;
}

/** Hands out sessions. */
export interface PostgresSessions {
  /** Opens one; the caller releases its connection. */
  open(): Promise<PostgresSession>;
  /** Runs work on one and gives it back. */
  use<Result>(work: (session: PostgresSession) => Promise<Result>): Promise<Result>;
}

/** How much longer than the server's limit an answer is awaited, in milliseconds. */
export const answerMarginMs = 1_000;

/** The configuration that each connection was given last. */
const configurations = new WeakMap<PostgresPoolClient, string>();

/** Sessions over a pool. Their settings last as long as the connection, so that they cost one round trip in its life. */
export function createPostgresSessions(settings: SessionSettings): PostgresSessions {
  const { pool, statementTimeoutMs, lockTimeoutMs, connectTimeoutMs, isBehindTransactionPooler, schema } = settings;
  const statementName = createStatementNames();
  // Compiling a statement takes longer than any of ours runs, and a long queue makes it look worth it.
  const limits = `SET statement_timeout = ${statementTimeoutMs}; SET lock_timeout = ${lockTimeoutMs};
    SET idle_in_transaction_session_timeout = ${statementTimeoutMs}; SET DateStyle = 'ISO'; SET bytea_output = 'hex';
    SET jit = off; SET default_transaction_isolation = 'read committed'`;
  const place = schema === null ? "RESET search_path" : `SET search_path = ${quotedName(schema)}`;
  const configuration = `${limits}; ${place}`;

  const toSession = (connection: PostgresConnection): PostgresSession => {
    let answerTimeoutMs = statementTimeoutMs + answerMarginMs;
    const command = (text: string) => connection.run({ text }, answerTimeoutMs);
    return {
      connection,
      command,
      limit(timeoutMs) {
        answerTimeoutMs = timeoutMs + answerMarginMs;
      },
      async query(text, parameters, { isPrepared = true } = {}) {
        const name = isPrepared && !isBehindTransactionPooler ? statementName(text) : undefined;
        const values = parameters.map(postgresParameter);
        const query = { text, values, types: postgresTypes, ...(name === undefined ? {} : { name }) };
        return (await connection.run(query, answerTimeoutMs)).rows;
      },
      runScript: async (text) => void (await command(text)),
    };
  };

  let isChecked = false;
  const prepare = async ({ connection, command }: PostgresSession): Promise<void> => {
    if (!isChecked)
      await checkServer(connection, { ...settings, answerTimeoutMs: statementTimeoutMs + answerMarginMs });
    isChecked = true;
    if (isBehindTransactionPooler || configurations.get(connection.client) === configuration) return;
    await command(configuration);
    configurations.set(connection.client, configuration);
  };

  const open = async (): Promise<PostgresSession> => {
    const connection = await takeConnection(pool, connectTimeoutMs);
    try {
      const session = toSession(connection);
      await prepare(session);
      return session;
    } catch (error) {
      connection.release();
      throw error;
    }
  };

  return {
    open,
    async use(work) {
      const session = await open();
      try {
        return await work(session);
      } finally {
        session.connection.release();
      }
    },
  };
}

/** Each connection keeps what it has prepared, at some 10 to 50 kB in the server. */
const maxNames = 200;

/**
 * Names for prepared statements: short, and the same for the same text in every process. A text beyond the first two
 * hundred has none and is planned each time, so that memory stays bounded whatever is asked.
 */
function createStatementNames(): (text: string) => string | undefined {
  const names = new Map<string, string>();
  return (text) => {
    const known = names.get(text);
    if (known !== undefined || names.size >= maxNames) return known;
    const name = `agentbot_${createHash("sha256").update(text).digest("hex").slice(0, 16)}`;
    names.set(text, name);
    return name;
  };
}
