import type { Logger } from "@agentbot/core";
import { createFactRedactor, escapeControls } from "@agentbot/core/adapter";
import { type DestinationStream, type Level, type Logger as PinoLogger, pino } from "pino";

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
 * The log of the server: one JSON object a line, without secrets. As JSON, no untrusted text can begin a line of its own,
 * or control the terminal that shows it.
 */
export function createServerLogger({ level, secrets, scopeFacts, destination }: ServerLoggerOptions): Logger {
  const redact = createFactRedactor(secrets);
  const logger = pino(
    {
      level,
      // The facts, errors included, are serialized by the redactor.
      serializers: { err: (serialized: unknown) => serialized },
      hooks: {
        streamWrite: escapeControls,
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
