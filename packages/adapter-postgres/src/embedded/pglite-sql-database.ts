import { AgentBotError } from "@agentbot/core";
import { once } from "@agentbot/core/adapter";
import type { PGlite, Transaction } from "@electric-sql/pglite";
import { quotedName } from "../database/quoted-name.js";
import type { SqlDatabase, SqlExecutor, SqlRow } from "../database/sql-database.js";
import { storableParameter } from "../database/storable-parameter.js";
import { toStoreError } from "../database/to-store-error.js";

/** PGlite's errors carry the statement's parameters, which may hold a stranger's text and must not reach a log. */
function withoutParameters(error: unknown): unknown {
  if (typeof error === "object" && error !== null) Reflect.deleteProperty(error, "params");
  return error;
}

/** PGlite as a {@link SqlDatabase}. It has one connection: transactions take turns, so they must be short. */
export function pgliteSqlDatabase(pglite: PGlite): SqlDatabase {
  const guard = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    if (pglite.closed) throw new AgentBotError("STORE_UNAVAILABLE", "The embedded database is closed.");
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
  return {
    ...executor(pglite),
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
    transaction: async (work) => {
      const outcome: { failure?: { readonly error: unknown } } = {};
      const run = async (transaction: Transaction) => {
        try {
          return await work(executor(transaction));
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
    },
  };
}
