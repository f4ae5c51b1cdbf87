import { stdSerializers } from "pino";

/** Names of facts whose value is a secret in any form. */
const secretKey =
  /^(?:authorization|(?:set-)?cookie|.*(?:password|passphrase|secret|token|private_?key|api_?key|signature(?:-256)?))$/i;
/** A query may carry a secret under any name. */
const urlQuery = /(\b[a-z][a-z+.-]{1,15}:\/\/[^\s"'<>?#]{1,2048})\?[^\s"'<>]*/gi;
const maxDepth = 6;
const maxCharacters = 16_384;

/** Prepares facts for the log: errors are serialized in full, secrets and the queries of URLs are removed. */
export function createFactRedactor(redactText: (text: string) => string): {
  readonly text: (text: string) => string;
  readonly facts: (facts: object) => object;
} {
  const text = (given: string): string => redactText(given.replace(urlQuery, "$1")).slice(0, maxCharacters);

  const value = (given: unknown, depth: number): unknown => {
    if (typeof given === "string") return text(given);
    if (typeof given === "bigint") return String(given);
    if (typeof given !== "object" || given === null || given instanceof Date) return given;
    if (depth > maxDepth) return "[deeper]";
    if (given instanceof Error) return value({ ...stdSerializers.errWithCause(given) }, depth);
    if (given instanceof URL) return text(given.href);
    if (ArrayBuffer.isView(given)) return `[${given.byteLength} bytes]`;
    if (Array.isArray(given)) return given.map((each) => value(each, depth + 1));
    return facts(given, depth + 1);
  };

  const facts = (given: object, depth: number): object =>
    Object.fromEntries(
      Object.entries(given).map(([key, each]) => [
        text(key),
        typeof each === "string" && secretKey.test(key) ? "[redacted]" : value(each, depth),
      ]),
    );

  return { text, facts: (given) => facts(given instanceof Error ? { err: given } : given, 0) };
}
