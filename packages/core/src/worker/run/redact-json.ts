import type { JsonObject, JsonValue } from "../../task/json.js";
import { redactSecrets } from "../../text/redact-secrets.js";

/** Takes secrets out of every text inside a JSON object, its keys included. */
export function redactJson(value: JsonObject, secrets: readonly string[]): JsonObject {
  const redact = (each: JsonValue): JsonValue => {
    if (typeof each === "string") return redactSecrets(each, secrets);
    if (typeof each !== "object" || each === null) return each;
    return isList(each) ? each.map(redact) : redactObject(each);
  };
  const redactObject = (object: JsonObject): JsonObject =>
    Object.fromEntries(Object.entries(object).map(([key, each]) => [redactSecrets(key, secrets), redact(each)]));
  return redactObject(value);
}

/** `Array.isArray` does not narrow readonly arrays. */
function isList(value: JsonObject | readonly JsonValue[]): value is readonly JsonValue[] {
  return Array.isArray(value);
}
