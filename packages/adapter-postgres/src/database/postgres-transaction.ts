import { AgentBotError } from "@agentbot/core";
import type { PostgresSession, SessionSettings } from "./postgres-sessions.js";
import { quotedName } from "./sql.js";
import type { SqlExecutor, SqlTransactionOptions } from "./sql-database.js";

/**
 * Runs one transaction, once. A connection that is lost on its way to the commit leaves nothing behind; one that is lost
 * while committing may have committed: it is never run again on that account.
 */
export async function runTransaction<Result>(
  session: PostgresSession,
  settings: SessionSettings,
  work: (transaction: SqlExecutor) => Promise<Result>,
  { timeoutMs }: SqlTransactionOptions = {},
): Promise<Result> {
  if (timeoutMs !== undefined) session.limit(timeoutMs);
  await session.command(`BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;${limits(settings, timeoutMs)}`);
  let isOpen = true;
  const whileOpen = async <Answer>(run: () => Promise<Answer>): Promise<Answer> => {
    if (isOpen) return await run();
    throw new TypeError("The transaction is over: await every statement in it.");
  };
  const executor: SqlExecutor = {
    query: (text, parameters, options) => whileOpen(() => session.query(text, parameters, options)),
    runScript: (text) => whileOpen(() => session.runScript(text)),
  };
  try {
    const result = await work(executor);
    isOpen = false;
    await commit(session);
    return result;
  } catch (error) {
    isOpen = false;
    await rollBack(session);
    throw error;
  }
}

/** In one round trip with `BEGIN`; nothing to say where the connection already has the right ones. */
function limits(settings: SessionSettings, timeoutMs: number | undefined): string {
  const { isBehindTransactionPooler, statementTimeoutMs, lockTimeoutMs, schema } = settings;
  if (timeoutMs === undefined && !isBehindTransactionPooler) return "";
  const place = isBehindTransactionPooler && schema !== null ? ` SET LOCAL search_path = ${quotedName(schema)};` : "";
  return `${place} SET LOCAL statement_timeout = ${timeoutMs ?? statementTimeoutMs};
    SET LOCAL lock_timeout = ${timeoutMs ?? lockTimeoutMs};
    SET LOCAL idle_in_transaction_session_timeout = ${timeoutMs ?? statementTimeoutMs}`;
}

async function commit(session: PostgresSession): Promise<void> {
  const { command } = await session.command("COMMIT").catch((error: unknown) => {
    if (session.connection.broken() === null) throw error;
    throw new AgentBotError(
      "STORE_UNAVAILABLE",
      "The connection to the database was lost while committing: the change may be stored or not. Look before repeating it.",
      { cause: error },
    );
  });
  if (command === "COMMIT") return;
  throw new AgentBotError(
    "STORE_UNAVAILABLE",
    "The transaction was rolled back: one of its statements had failed before.",
  );
}

async function rollBack(session: PostgresSession): Promise<void> {
  if (session.connection.broken() !== null) return;
  // A failure breaks the connection, and the server rolls back when it is closed.
  await session.command("ROLLBACK").catch(() => {});
}
