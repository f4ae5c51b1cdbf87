import { AgentBotError, type StoreHealth } from "@agentbot/core";
import { execute } from "../database/fetch-rows.js";
import { sql } from "../database/sql.js";
import type { SqlDatabase } from "../database/sql-database.js";

/** The health of the store over a database. */
export function createPostgresStoreHealth(database: SqlDatabase): StoreHealth {
  return {
    async ping(signal) {
      const { promise: aborted, stop } = whenAborted(signal);
      try {
        await Promise.race([aborted, execute(database, sql`SELECT 1`)]);
      } finally {
        stop();
      }
    },
  };
}

function whenAborted(signal: AbortSignal): { readonly promise: Promise<never>; stop(): void } {
  let stop = (): void => {};
  const promise = new Promise<never>((_resolve, reject) => {
    const onAbort = (): void =>
      reject(new AgentBotError("STORE_UNAVAILABLE", "The database did not answer in time.", { cause: signal.reason }));
    stop = () => signal.removeEventListener("abort", onAbort);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
  return { promise, stop };
}
