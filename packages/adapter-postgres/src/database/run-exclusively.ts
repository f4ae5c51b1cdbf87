import { AgentBotError } from "@agentbot/core";
import { sleep } from "@agentbot/core/adapter";
import { z } from "zod";
import type { PostgresSession, PostgresSessions, SessionSettings } from "./postgres-sessions.js";
import { runTransaction } from "./postgres-transaction.js";
import { execute, fetchRow } from "./rows.js";
import { sql } from "./sql.js";
import type {
  SqlDatabase,
  SqlExclusiveOptions,
  SqlExecutor,
  SqlSession,
  SqlTransactionOptions,
} from "./sql-database.js";

/** Where {@link runExclusively} runs. */
export interface ExclusivePlace {
  readonly sessions: PostgresSessions;
  readonly settings: SessionSettings;
  readonly database: SqlDatabase;
}

const defaultTimeoutMs = 60_000;
const firstPauseMs = 5;
const longestPauseMs = 250;

/** Runs work under a lock on a name: of the connection, or, where connections are shared, of a transaction beside it. */
export async function runExclusively<Result>(
  place: ExclusivePlace,
  name: string,
  work: (session: SqlSession) => Promise<Result>,
  { timeoutMs = defaultTimeoutMs }: SqlExclusiveOptions = {},
): Promise<Result> {
  const run = place.settings.isBehindTransactionPooler ? runBesideTransaction : runOnSession;
  const endsAt = performance.now() + timeoutMs;
  for (let pauseMs = firstPauseMs; performance.now() < endsAt; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    const outcome = await run(place, name, work, timeoutMs);
    if (outcome) return outcome.result;
    await sleep(pauseMs * (0.5 + Math.random()));
  }
  throw new AgentBotError("STORE_UNAVAILABLE", `The lock ${name} was not free within ${timeoutMs} ms.`);
}

const lockRow = z.object({ is_taken: z.boolean() });

/** Takes a lock without waiting for it: a waiting statement would hold a snapshot, which `CREATE INDEX CONCURRENTLY` awaits. */
async function tryLock(executor: SqlExecutor, name: string, scope: "session" | "transaction"): Promise<boolean> {
  const key = sql`hashtextextended(${name}, 0)`;
  const lock =
    scope === "session" ? sql`SELECT pg_try_advisory_lock(${key})` : sql`SELECT pg_try_advisory_xact_lock(${key})`;
  const row = await fetchRow(executor, "lock", lockRow, sql`${lock} AS is_taken`);
  return row?.is_taken ?? false;
}

/** Returns null where another caller has the lock. */
async function runOnSession<Result>(
  { sessions, settings }: ExclusivePlace,
  name: string,
  work: (session: SqlSession) => Promise<Result>,
  timeoutMs: number,
): Promise<{ readonly result: Result } | null> {
  return await sessions.use(async (session) => {
    if (!(await tryLock(session, name, "session"))) return null;
    try {
      await limitStatements(session, timeoutMs);
      return { result: await work(toSqlSession(session, settings)) };
    } finally {
      await unlock(session, name, settings.statementTimeoutMs);
    }
  });
}

/** A failure breaks the connection, and the server frees its locks when it is closed. */
async function unlock(session: PostgresSession, name: string, statementTimeoutMs: number): Promise<void> {
  // The result of the work waits for this.
  session.limit(statementTimeoutMs);
  try {
    await execute(session, sql`SELECT pg_advisory_unlock(hashtextextended(${name}, 0))`);
    await limitStatements(session, statementTimeoutMs);
  } catch {
    // The error of the work, or its result, is what counts.
  }
}

async function limitStatements(session: PostgresSession, timeoutMs: number): Promise<void> {
  await session.command(`SET statement_timeout = ${timeoutMs}`);
  session.limit(timeoutMs);
}

function toSqlSession(session: PostgresSession, settings: SessionSettings): SqlSession {
  return {
    query: (text, parameters, options) => session.query(text, parameters, options),
    runScript: (text) => session.runScript(text),
    transaction: (work, options) => runTransaction(session, settings, work, options),
  };
}

/**
 * A session whose scripts run in transactions, where `CONCURRENTLY` is refused: what they build locks out writes meanwhile.
 */
export function inTransactions(database: SqlDatabase, options: SqlTransactionOptions = {}): SqlSession {
  const withoutConcurrently = (text: string): string => text.replaceAll(/\bCONCURRENTLY\b/g, "");
  return {
    ...database,
    runScript: (text) =>
      database.transaction((transaction) => transaction.runScript(withoutConcurrently(text)), options),
  };
}

/** The transaction does nothing but hold the lock; each statement of the work may have another connection. */
async function runBesideTransaction<Result>(
  { database, sessions, settings }: ExclusivePlace,
  name: string,
  work: (session: SqlSession) => Promise<Result>,
  timeoutMs: number,
): Promise<{ readonly result: Result } | null> {
  /** Each script by itself, as long as it takes. */
  const unlimited: SqlSession = {
    ...database,
    runScript: (text) =>
      sessions.use((session) => {
        session.limit(timeoutMs);
        return session.runScript(text);
      }),
  };
  return await database.transaction(
    async (transaction) => {
      if (!(await tryLock(transaction, name, "transaction"))) return null;
      // The portal of the statement above keeps its snapshot until the next one, and `CREATE INDEX CONCURRENTLY` awaits it.
      await transaction.runScript("SELECT 1");
      // Only within a transaction can the limits of the role be lifted, and the schema be set.
      const isFree = settings.schema === null && (await hasNoLimits(database));
      return { result: await work(isFree ? unlimited : inTransactions(database, { timeoutMs })) };
    },
    { timeoutMs },
  );
}

const limitsRow = z.object({ is_unlimited: z.boolean() });

async function hasNoLimits(database: SqlDatabase): Promise<boolean> {
  const limits = sql`SELECT bool_and(setting = '0') AS is_unlimited FROM pg_settings
    WHERE name IN ('statement_timeout', 'lock_timeout')`;
  return (await fetchRow(database, "limit", limitsRow, limits))?.is_unlimited ?? false;
}
