import { AgentBotError, type StoreHealth } from "@agentbot/core";
import { execute } from "../database/fetch-rows.js";
import { sql } from "../database/sql.js";
import type { SqlDatabase } from "../database/sql-database.js";
import { unlessAborted } from "../database/unless-aborted.js";

/** The health of the store over a database. */
export function createPostgresStoreHealth(database: SqlDatabase): StoreHealth {
  return {
    async ping({ signal }) {
      await unlessAborted(
        execute(database, sql`SELECT 1`),
        signal,
        (reason) => new AgentBotError("STORE_UNAVAILABLE", "The database did not answer in time.", { cause: reason }),
      );
    },
  };
}
