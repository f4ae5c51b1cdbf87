import { AgentBotError } from "@agentbot/core";
import type { z } from "zod";
import { type SqlFragment, toStatement } from "./sql.js";
import type { SqlExecutor, SqlQueryOptions, SqlRow } from "./sql-database.js";

/**
 * Runs a statement and parses every row of its answer.
 *
 * @param what - what a row is, for the error: `task`, say
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

/** As {@link fetchRows}, for a statement that answers with at most one row. */
export async function fetchRow<Schema extends z.ZodType>(
  executor: SqlExecutor,
  what: string,
  schema: Schema,
  statement: SqlFragment,
): Promise<z.output<Schema> | null> {
  const [row] = await fetchRows(executor, what, schema, statement);
  return row ?? null;
}

/** Runs a statement for what it does; returns how many rows it answered with. */
export async function execute(executor: SqlExecutor, statement: SqlFragment): Promise<number> {
  const { text, parameters } = toStatement(statement);
  return (await executor.query(text, parameters)).length;
}
