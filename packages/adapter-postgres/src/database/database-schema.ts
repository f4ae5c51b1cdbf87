import { portSchema } from "@agentbot/core/adapter";
import { z } from "zod";
import type { SqlDatabase } from "./sql-database.js";

/** The `database` option. */
export const databaseSchema = portSchema<SqlDatabase>("a database, from openPostgresDatabase or openPgliteDatabase", [
  "query",
  "runScript",
  "transaction",
  "exclusively",
  "listen",
  "inSchema",
]);

/** How long a statement that only looks may take, in milliseconds: the server ends it before its caller has given up. */
export const lookTimeoutMs = 1500;

/** The `schema` option: a name that needs no quoting in any other tool, but for its case. */
export const schemaOption = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,62}$/, "expected a schema's name: letters, digits and _, at most 63")
  .optional();

/** The database of a factory's options, its statements in the schema that they name. */
export function placedDatabase(database: SqlDatabase, schema: string | undefined): SqlDatabase {
  return schema === undefined ? database : database.inSchema(schema);
}
