import { cutText } from "./cap-text.js";
import { createRedactor } from "./redact-secrets.js";

/** Removes secrets from the parts of a log line. */
export interface FactRedactor {
  /** Returns the text without secrets. */
  text(text: string): string;
  /** Returns the facts as plain JSON values: errors in full, with their causes. */
  facts(facts: object): Readonly<Record<string, unknown>>;
}

/** Names of facts whose value is a secret in any form. */
const secretKey =
  /^(?:authorization|(?:set-)?cookie|.*(?:password|passphrase|secret|token|private_?key|api_?key|signature(?:-256)?))$/i;
/** A query may carry a secret under any name. */
const urlQuery = /(\b[a-z][a-z+.-]{1,15}:\/\/[^\s"'<>?#]{1,2048})\?[^\s"'<>]*/gi;
const maxDepth = 6;
const maxCharacters = 16_384;

/**
 * Prepares log lines: secrets and the queries of URLs are removed, and everything is cut that no line can hold.
 *
 * @param secrets - exact values; credentials of a known form are removed anyway
 */
export function createFactRedactor(secrets: readonly string[]): FactRedactor {
  const redact = createRedactor(secrets);
  const text = (given: string): string => cutText(redact(given.replace(urlQuery, "$1")), maxCharacters);

  const value = (given: unknown, depth: number): unknown => {
    if (typeof given === "string") return text(given);
    if (typeof given === "bigint") return String(given);
    if (typeof given !== "object" || given === null || given instanceof Date) return given;
    if (depth > maxDepth) return "[deeper]";
    if (given instanceof Error) return facts(factsOfError(given), depth + 1);
    if (given instanceof URL) return text(given.href);
    if (ArrayBuffer.isView(given)) return `[${given.byteLength} bytes]`;
    if (Array.isArray(given)) return given.map((each) => value(each, depth + 1));
    return facts(given, depth + 1);
  };

  const facts = (given: object, depth: number): Readonly<Record<string, unknown>> =>
    Object.fromEntries(
      Object.entries(given).map(([key, each]) => [
        text(key),
        typeof each === "string" && secretKey.test(key) ? "[redacted]" : value(each, depth),
      ]),
    );

  return { text, facts: (given) => facts(given instanceof Error ? { err: given } : given, 0) };
}

function factsOfError(error: Error): object {
  const { message, stack, cause } = error;
  const errors = error instanceof AggregateError ? { errors: error.errors } : {};
  return {
    ...error,
    type: error.constructor.name,
    message,
    stack,
    ...errors,
    ...(cause === undefined ? {} : { cause }),
  };
}
