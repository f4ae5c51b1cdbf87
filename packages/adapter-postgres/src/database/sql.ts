import type { JsonObject, JsonValue } from "@agentbot/core";
import type { SqlParameter } from "./sql-database.js";

/** A statement or a piece of one, with the values it carries. Only {@link sql} makes one. */
export interface SqlFragment {
  readonly texts: readonly string[];
  readonly values: readonly SqlParameter[];
}

/** A statement in the form of {@link SqlExecutor.query}. */
export interface SqlStatement {
  readonly text: string;
  readonly parameters: readonly SqlParameter[];
}

function isFragment(value: SqlParameter | SqlFragment): value is SqlFragment {
  return typeof value === "object" && value !== null && "texts" in value;
}

/**
 * Writes SQL with its values in place: each value becomes a parameter, never text; a fragment is spliced in.
 *
 * @example
 * const filter = sql`status = ${status}`;
 * sql`SELECT id FROM tasks WHERE ${filter}`;
 */
export function sql(texts: TemplateStringsArray, ...values: readonly (SqlParameter | SqlFragment)[]): SqlFragment {
  const joined: string[] = [texts[0] ?? ""];
  const kept: SqlParameter[] = [];
  const extendLast = (text: string): void => {
    joined.push(`${joined.pop() ?? ""}${text}`);
  };
  for (const [index, value] of values.entries()) {
    if (isFragment(value)) {
      extendLast(value.texts[0] ?? "");
      joined.push(...value.texts.slice(1));
      kept.push(...value.values);
      extendLast(texts[index + 1] ?? "");
    } else {
      kept.push(value);
      joined.push(texts[index + 1] ?? "");
    }
  }
  return { texts: joined, values: kept };
}

/** All of the fragments, with the separator between them; empty if there is none. */
export function joinSql(fragments: readonly SqlFragment[], separator: SqlFragment): SqlFragment {
  const [first = sql``, ...others] = fragments;
  return others.reduce((all, fragment) => sql`${all}${separator}${fragment}`, first);
}

/** All of the fragments, joined by `AND`; `TRUE` if there is none. */
export function allOf(fragments: readonly SqlFragment[]): SqlFragment {
  return joinSql([sql`TRUE`, ...fragments], sql` AND `);
}

/** Numbers the parameters of a fragment. */
export function toStatement({ texts, values }: SqlFragment): SqlStatement {
  const text = texts.reduce((all, piece, index) => `${all}$${index}${piece}`);
  return { text, parameters: values };
}

/** A duration as an interval. Times are the database's: the machines' clocks differ. */
export function milliseconds(durationMs: number): SqlFragment {
  return sql`${durationMs}::double precision * interval '1 millisecond'`;
}

/** How many whole milliseconds from now until a moment; 0 if it has passed or is null. */
export function millisecondsUntil(moment: SqlFragment): SqlFragment {
  return sql`GREATEST(0, COALESCE(ceil(extract(epoch FROM ${moment} - clock_timestamp()) * 1000), 0))::bigint`;
}

/** A name as SQL, in this very case: a channel of `LISTEN` cannot be a parameter. */
export function quotedName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/**
 * A condition that takes locks on names, for the rest of the transaction, and then holds; those on `sharedNames` keep out
 * only a caller that wants them alone. Names are hashed, so two may share a lock: that costs time, never order. They are taken in the
 * order of their hashes, so two sets never deadlock.
 */
export function namedLocks(names: readonly string[], sharedNames: readonly string[] = []): SqlFragment {
  return sql`(SELECT COALESCE(bool_and(CASE WHEN is_shared THEN pg_advisory_xact_lock_shared(lock.key) IS NOT NULL
        ELSE pg_advisory_xact_lock(lock.key) IS NOT NULL END), TRUE)
    FROM (
      SELECT hashtextextended(name, 0) AS key, bool_and(is_shared) AS is_shared
      FROM (
        SELECT unnest(${names}::text[]) AS name, FALSE AS is_shared
        UNION ALL SELECT unnest(${sharedNames}::text[]), TRUE
      ) AS asked
      GROUP BY 1 ORDER BY 1
    ) AS lock)`;
}

/**
 * A text PostgreSQL can store: without NUL, which `text` refuses, and with U+FFFD in place of half surrogate pairs, which
 * UTF-8 cannot express.
 */
export function storableText(text: string): string {
  return text.replace(/\p{Surrogate}/gu, "\ufffd").replaceAll("\u0000", "");
}

const escapeSequence = /\\(?:(u0000)|(ud[89a-f][0-9a-f]{2})|.)/g;

/**
 * A value as JSON text that `jsonb` accepts. `JSON.stringify` escapes NUL and half surrogate pairs, keys included;
 * these escapes are what `jsonb` refuses.
 */
export function storableJson(value: JsonValue | JsonObject | readonly unknown[] | object): string {
  const text = JSON.stringify(value);
  if (!text.includes("\\u")) return text;
  return text.replace(escapeSequence, (sequence, nul, surrogate) => {
    if (nul) return "";
    return surrogate ? "\ufffd" : sequence;
  });
}

/** A parameter with its text made storable; a stranger's text must never make a statement fail. */
export function storableParameter(parameter: SqlParameter): SqlParameter {
  if (typeof parameter === "string") return storableText(parameter);
  return isTextList(parameter) ? parameter.map(storableText) : parameter;
}

function isTextList(parameter: SqlParameter): parameter is readonly string[] {
  return Array.isArray(parameter);
}
