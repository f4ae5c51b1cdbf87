import { z } from "zod";
import type { SqlDatabase } from "./sql-database.js";

const methods = ["query", "runScript", "transaction", "listen"] as const satisfies (keyof SqlDatabase)[];

const isDatabase = (value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  methods.every((name) => typeof Reflect.get(value, name) === "function");

/** The `database` option. */
export const databaseSchema = z.custom<SqlDatabase>(
  isDatabase,
  "expected a database, from openPostgresDatabase or openPgliteDatabase",
);
