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

/** All of the fragments, joined by `AND`; `TRUE` if there is none. */
export function allOf(fragments: readonly SqlFragment[]): SqlFragment {
  return fragments.reduce((all, fragment) => sql`${all} AND ${fragment}`, sql`TRUE`);
}

/** Numbers the parameters of a fragment. */
export function toStatement({ texts, values }: SqlFragment): SqlStatement {
  const text = texts.reduce((all, piece, index) => `${all}$${index}${piece}`);
  return { text, parameters: values };
}
