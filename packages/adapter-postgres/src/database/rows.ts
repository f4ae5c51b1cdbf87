import { AgentBotError } from "@agentbot/core";
import { z } from "zod";
import { type SqlFragment, toStatement } from "./sql.js";
import type { SqlExecutor, SqlQueryOptions, SqlRow } from "./sql-database.js";

/**
 * Runs a statement and parses every row of its result.
 *
 * @param what - the kind of row, for the error, e.g. `task`
 * @throws AgentBotError `STORED_ROW_INVALID` naming the columns that do not parse, never what they hold
 */
export async function fetchRows<Schema extends z.ZodType>(
  executor: SqlExecutor,
  what: string,
  schema: Schema,
  statement: SqlFragment,
  options: SqlQueryOptions = {},
): Promise<z.output<Schema>[]> {
  const { text, parameters } = toStatement(statement);
  const rows = await executor.query(text, parameters, options);
  return rows.map((row) => parseRow(what, schema, row));
}

/** Parses one row; throws as {@link fetchRows}. */
export function parseRow<Schema extends z.ZodType>(what: string, schema: Schema, row: SqlRow): z.output<Schema> {
  const parsed = schema.safeParse(row);
  if (parsed.success) return parsed.data;
  const columns = [...new Set(parsed.error.issues.map((issue) => issue.path.join(".") || "row"))];
  const id = typeof row["id"] === "string" ? ` ${row["id"]}` : "";
  throw new AgentBotError(
    "STORED_ROW_INVALID",
    `The stored ${what}${id} does not parse (${columns.join(", ")}): it was written by another release or by hand. Upgrade agentbot, or correct the row.`,
    { details: { what, columns } },
  );
}

/** As {@link fetchRows}, for a statement that returns at most one row. */
export async function fetchRow<Schema extends z.ZodType>(
  executor: SqlExecutor,
  what: string,
  schema: Schema,
  statement: SqlFragment,
): Promise<z.output<Schema> | null> {
  const [row] = await fetchRows(executor, what, schema, statement);
  return row ?? null;
}

/** Runs a statement for its effect; returns its number of rows. */
export async function execute(executor: SqlExecutor, statement: SqlFragment): Promise<number> {
  const { text, parameters } = toStatement(statement);
  return (await executor.query(text, parameters)).length;
}

/** A `bigint` or `integer` column: drivers give a number, a decimal string or a BigInt. */
export const integerColumn = z
  .union([z.number(), z.bigint(), z.string().regex(/^-?\d+$/)])
  .transform(Number)
  .pipe(z.number().int());

/** A `numeric` column, which drivers give as a decimal string to keep it exact. */
export const numericColumn = z
  .union([z.number(), z.string().min(1)])
  .transform(Number)
  .pipe(z.number());

/** A `bytea` column as a plain Uint8Array, whichever subclass the driver gives. */
export const bytesColumn = z
  .instanceof(Uint8Array)
  .transform((bytes) => new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));

/** A `timestamptz` column; finite, since no date of ours is `infinity`. */
export const timeColumn = z.date();
