import type { Logger } from "@agentbot/core";
import { createRedactor } from "@agentbot/core/adapter";
import { type DestinationStream, type Level, type Logger as PinoLogger, pino, stdSerializers } from "pino";

/** Options of {@link createServerLogger}. */
export interface ServerLoggerOptions {
  readonly level: Level | "silent";
  /** Exact values that are removed from every line. */
  readonly secrets: readonly string[];
  /** Ids that are added to lines without them. @defaultValue none */
  readonly scopeFacts?: () => Readonly<Record<string, string>>;
  /** @defaultValue standard output */
  readonly destination?: DestinationStream;
}

/**
 * The log of the server: one JSON object a line, without secrets. As JSON, no untrusted text can begin a line of its own.
 */
export function createServerLogger({ level, secrets, scopeFacts, destination }: ServerLoggerOptions): Logger {
  const redact = createFactRedactor(createRedactor(secrets));
  const logger = pino(
    {
      level,
      // The facts, errors included, are serialized by the redactor.
      serializers: { err: (serialized: unknown) => serialized },
      hooks: {
        logMethod(given, method) {
          const [facts, message] = given as unknown[];
          const missing: Record<string, string> = { ...scopeFacts?.() };
          if (Object.keys(missing).length > 0) for (const known of Object.keys(this.bindings())) delete missing[known];
          const isSentence = typeof facts === "string";
          const all = redact.facts({ ...missing, ...(isSentence ? {} : asFacts(facts)) });
          method.call(this, all, redact.text(String((isSentence ? facts : message) ?? "")));
        },
      },
    },
    ...(destination ? [destination] : []),
  );
  // Children inherit it: pino formats the facts of the first logger only.
  const { child } = logger;
  return Object.assign(logger, {
    child(this: PinoLogger, facts: object): Logger {
      return child.call(this, redact.facts(facts));
    },
  });
}

function asFacts(facts: unknown): object {
  if (facts instanceof Error) return { err: facts };
  return typeof facts === "object" && facts !== null ? facts : {};
}

/** Names of facts whose value is a secret in any form. */
const secretKey =
  /^(?:authorization|(?:set-)?cookie|.*(?:password|passphrase|secret|token|private_?key|api_?key|signature(?:-256)?))$/i;
/** A query may carry a secret under any name. */
const urlQuery = /(\b[a-z][a-z+.-]{1,15}:\/\/[^\s"'<>?#]{1,2048})\?[^\s"'<>]*/gi;
const maxDepth = 6;
const maxCharacters = 16_384;

/** Prepares facts for the log: errors are serialized in full, secrets and the queries of URLs are removed. */
function createFactRedactor(redactText: (text: string) => string): {
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
