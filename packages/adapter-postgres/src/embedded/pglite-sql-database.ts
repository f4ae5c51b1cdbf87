import { AgentBotError } from "@agentbot/core";
import { once } from "@agentbot/core/adapter";
import type { PGlite, Transaction } from "@electric-sql/pglite";
import { toStoreError } from "../database/errors.js";
import { inTransactions } from "../database/run-exclusively.js";
import { quotedName, storableParameter } from "../database/sql.js";
import type { SqlDatabase, SqlExecutor, SqlRow } from "../database/sql-database.js";

const takenOver =
  "Another machine has taken over the data directory, because this process gave no sign of life: stop one of the two.";

/** PGlite's errors carry the statement's parameters, which may hold a stranger's text and must not reach a log. */
function withoutParameters(error: unknown): unknown {
  if (typeof error === "object" && error !== null) Reflect.deleteProperty(error, "params");
  return error;
}

/**
 * PGlite as a {@link SqlDatabase}. It has one connection: transactions take turns, so they must be short.
 *
 * @param isHeld - false once its files belong to another process: nothing is read or written any more
 */
export function pgliteSqlDatabase(pglite: PGlite, isHeld: () => boolean = () => true): SqlDatabase {
  const guard = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    if (pglite.closed) throw new AgentBotError("STORE_UNAVAILABLE", "The embedded database is closed.");
    if (!isHeld()) throw new AgentBotError("STORE_UNAVAILABLE", takenOver);
    try {
      return await work();
    } catch (error) {
      throw toStoreError(withoutParameters(error));
    }
  };
  const executor = (connection: PGlite | Transaction): SqlExecutor => ({
    query: (text, parameters) =>
      guard(async () => (await connection.query<SqlRow>(text, parameters.map(storableParameter))).rows),
    runScript: (text) => guard(async () => void (await connection.exec(text))),
  });
  const transaction: SqlDatabase["transaction"] = async (work) => {
    const outcome: { failure?: { readonly error: unknown } } = {};
    const run = async (opened: Transaction) => {
      try {
        return await work(executor(opened));
      } catch (error) {
        outcome.failure = { error };
        throw error;
      }
    };
    try {
      return await guard(() => pglite.transaction(run));
    } catch (error) {
      throw outcome.failure ? outcome.failure.error : error;
    }
  };
  const inTurn = createTurns();
  const database: SqlDatabase = {
    ...executor(pglite),
    transaction,
    // One process has it open, so that callers of this process are all there are.
    exclusively: (name, work) => inTurn(name, () => work(inTransactions(database))),
    listen: (channel, { notified }) =>
      guard(async () => {
        // A callback of its own: the same one twice would be ended twice by the first end. PGlite's own end is one for
        // lower-case channels only.
        const callback = (payload: string): void => notified(payload);
        await pglite.listen(quotedName(channel), callback);
        return once(async () => {
          if (!pglite.closed) await pglite.unlisten(quotedName(channel), callback);
        });
      }),
    inSchema: (schema) => inSchema(database, schema),
  };
  return database;
}

/** The one connection serves other schemas in between: each statement sets its own. */
function inSchema(database: SqlDatabase, schema: string): SqlDatabase {
  const placed: SqlDatabase = {
    ...database,
    query: (text, parameters) => placed.transaction((transaction) => transaction.query(text, parameters)),
    runScript: (text) => placed.transaction((transaction) => transaction.runScript(text)),
    transaction: (work) =>
      database.transaction(async (transaction) => {
        await transaction.runScript(`SET LOCAL search_path = ${quotedName(schema)}`);
        return await work(transaction);
      }),
    exclusively: (name, work) => database.exclusively(name, () => work(inTransactions(placed))),
  };
  return placed;
}

/** Runs one piece of work of a name at a time, in the order they came. */
function createTurns() {
  const last = new Map<string, Promise<unknown>>();
  return async <Result>(name: string, work: () => Promise<Result>): Promise<Result> => {
    const before = last.get(name) ?? Promise.resolve();
    const turn = before.then(work, work);
    last.set(name, turn);
    try {
      return await turn;
    } finally {
      if (last.get(name) === turn) last.delete(name);
    }
  };
}
