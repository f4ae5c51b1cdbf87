import type { Pool } from "pg";
import { openPostgresDatabase, type SqlDatabase } from "../../../src/index.js";
import type { TestDatabase } from "../../fixtures/create-database.js";

/** A database whose clock stands still until it is set. */
export interface ManualDatabase {
  readonly database: SqlDatabase;
  setTime(time: Date): Promise<void>;
}

/** Puts a clock of the test before PostgreSQL's own, for every connection made here. */
export async function withManualTime(server: TestDatabase): Promise<ManualDatabase> {
  const admin: Pool = server.pool({ max: 1 });
  await admin.query(`CREATE SCHEMA manual; CREATE TABLE manual.clock (at timestamptz);
    INSERT INTO manual.clock VALUES (now());
    CREATE FUNCTION manual.statement_timestamp() RETURNS timestamptz STABLE LANGUAGE sql AS 'SELECT at FROM manual.clock'`);
  const pool = server.pool({ options: "-c search_path=manual,pg_catalog,public" });
  return {
    database: openPostgresDatabase({ pool }),
    setTime: async (time) => void (await admin.query("UPDATE manual.clock SET at = $1", [time])),
  };
}
