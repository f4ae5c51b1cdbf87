import { inspect } from "node:util";
import type { Logger, LogMethod } from "@agentbot/core";

/** Writes each line as JSON to standard output, where the world keeps the last of them. */
export function createLineLogger(bound: object): Logger {
  const at =
    (level: string): LogMethod =>
    (facts, message) => {
      const readable = Object.fromEntries(
        Object.entries(facts).map(([name, value]) => [name, value instanceof Error ? inspect(value) : value]),
      );
      process.stdout.write(`${JSON.stringify({ level, ...bound, ...readable, message })}\n`);
    };
  return {
    debug: () => {},
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    child: (facts) => createLineLogger({ ...bound, ...facts }),
  };
}
