/**
 * JSON as Redis' own decoder takes it: half a surrogate pair, which that refuses, becomes U+FFFD, as it would be anywhere
 * else in a command.
 */
export function wellFormedJson(value: readonly unknown[]): string {
  const json = JSON.stringify(value);
  if (!json.includes("\\ud")) return json;
  return JSON.stringify(value, (_, part) => (typeof part === "string" ? Buffer.from(part).toString() : part));
}
