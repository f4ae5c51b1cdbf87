import type { SqlParameter } from "./sql-database.js";
import { storableText } from "./storable-text.js";

/** A parameter with its text made storable; a stranger's text must never make a statement fail. */
export function storableParameter(parameter: SqlParameter): SqlParameter {
  if (typeof parameter === "string") return storableText(parameter);
  return isTextList(parameter) ? parameter.map(storableText) : parameter;
}

function isTextList(parameter: SqlParameter): parameter is readonly string[] {
  return Array.isArray(parameter);
}
