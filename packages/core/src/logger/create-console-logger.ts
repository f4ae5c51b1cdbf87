import { z } from "zod";
import { parseOptions } from "../errors/parse-options.js";
import { clockSchema, portSchema } from "../errors/port-schema.js";
import { systemClock } from "../lifecycle/system-clock.js";
import type { Clock } from "../ports/clock.js";
import type { Logger, LogMethod } from "../ports/logger.js";
import type { ShapeOf } from "../task/shape-of.js";
import { createFactRedactor } from "../text/redact-facts.js";
import { escapeControls, sanitizeText } from "../text/sanitize-text.js";

/** The part of a stream that {@link createConsoleLogger} uses: `process.stdout` fits. */
export interface LogStream {
  /** True for a terminal: its lines are for people. */
  readonly isTTY?: boolean | undefined;
  /** Returns true if a terminal shows colours, and its user has not switched them off. */
  hasColors?(): boolean;
  /** Writes one line, with its line end. */
  write(line: string): unknown;
}

/** Options of {@link createConsoleLogger}. */
export interface ConsoleLoggerOptions {
  /** The lowest level that is written. @defaultValue "info" */
  readonly level?: "debug" | "info" | "warn" | "error" | undefined;
  /** Exact values that are removed from every line. @defaultValue none; credentials of a known form always are */
  readonly secrets?: readonly string[] | undefined;
  /** @defaultValue standard output */
  readonly stream?: LogStream | undefined;
  /** @defaultValue the machine's */
  readonly clock?: Clock | undefined;
}

/** The levels with the numbers that pino gives them. */
const levels = { debug: 20, info: 30, warn: 40, error: 50 } as const;
type Level = keyof typeof levels;

const optionsSchema = z.strictObject({
  level: z.enum(["debug", "info", "warn", "error"]).default("info"),
  secrets: z.array(z.string()).default([]),
  stream: portSchema<LogStream>("a stream", ["write"]).optional(),
  clock: clockSchema.optional(),
} satisfies ShapeOf<ConsoleLoggerOptions>);

/**
 * A logger on standard output, without secrets: lines for people on a terminal, elsewhere one JSON object a line with the
 * fields of pino. No text can begin a line of its own or control the terminal.
 *
 * @example
 * const bot = createBot({ …, logger: createConsoleLogger({ secrets: [privateKey, webhookSecret, apiKey] }) });
 * @throws AgentBotError `CONFIGURATION_INVALID` naming every wrong option.
 */
export function createConsoleLogger(options: ConsoleLoggerOptions = {}): Logger {
  const settings = parseOptions("createConsoleLogger", optionsSchema, options);
  const { level: lowest, stream = process.stdout, clock = systemClock } = settings;
  const redact = createFactRedactor(settings.secrets);
  const hasColors = stream.hasColors?.() ?? false;

  const loggerWith = (bound: object): Logger => {
    const methodOf = (level: Level): LogMethod => {
      if (levels[level] < levels[lowest]) return () => {};
      return (facts, message) => {
        const line = {
          level,
          at: clock.now(),
          facts: { ...bound, ...redact.facts(facts) },
          message: redact.text(message),
        };
        stream.write(`${stream.isTTY ? terminalLine(line, hasColors) : jsonLine(line)}\n`);
      };
    };
    return {
      debug: methodOf("debug"),
      info: methodOf("info"),
      warn: methodOf("warn"),
      error: methodOf("error"),
      child: (facts) => loggerWith({ ...bound, ...redact.facts(facts) }),
    };
  };
  return loggerWith({});
}

/** A line before it has a form. */
interface Line {
  readonly level: Level;
  readonly at: Date;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly message: string;
}

function jsonLine({ level, at, facts, message }: Line): string {
  const head = { level: levels[level], time: at.getTime(), msg: message };
  // Twice: first in the line, and not replaced by a fact of the same name.
  return escapeControls(JSON.stringify({ ...head, ...facts, ...head }));
}

/** SGR colours of a terminal (ECMA-48 §8.3.117). */
const colors: Readonly<Record<Level, number>> = { debug: 90, info: 36, warn: 33, error: 31 };

function terminalLine({ level, at, facts, message }: Line, hasColors: boolean): string {
  const paint = (text: string, color: number): string => (hasColors ? `\u001b[${color}m${text}\u001b[0m` : text);
  const time = paint(at.toISOString().slice(11, 19), 90);
  const name = paint(level.toUpperCase().padEnd(5), colors[level]);
  const pairsOf = (given: object): string =>
    Object.entries(given)
      .map(([key, value]) => ` ${paint(`${oneLine(key)}=`, 90)}${oneLine(textOf(value))}`)
      .join("");
  const { err, ...others } = facts;
  return `${time} ${name} ${oneLine(message)}${pairsOf(others)}${errorLines(err, pairsOf)}`;
}

function oneLine(text: string): string {
  return sanitizeText(text).replaceAll("\n", "\\n");
}

function textOf(value: unknown): string {
  return typeof value === "string" && /^[^\s"=]+$/.test(value) ? value : (JSON.stringify(value) ?? "undefined");
}

/** The parts of an error that a line shows. */
interface ErrorFacts {
  readonly stack?: unknown;
  readonly cause?: unknown;
  readonly code?: unknown;
  readonly details?: unknown;
}

/** The stack of an error and of its causes, indented, each with its code and details; an error without a stack as JSON. */
function errorLines(error: unknown, pairsOf: (given: object) => string): string {
  if (error === undefined) return "";
  const { stack, cause, code, details } = Object(error) as ErrorFacts;
  const text = sanitizeText(typeof stack === "string" ? stack : textOf(error));
  const facts = {
    ...(code === undefined ? {} : { code }),
    ...(typeof details === "object" ? details : {}),
  };
  const pairs = typeof stack === "string" ? pairsOf(facts) : "";
  const lines = `\n    ${text.replaceAll("\n", "\n    ")}${pairs === "" ? "" : `\n       ${pairs}`}`;
  return lines + errorLines(cause, pairsOf);
}
