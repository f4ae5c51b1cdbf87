import type { JsonObject, JsonValue } from "@agentbot/core";
import type { SqlParameter } from "./sql-database.js";

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
