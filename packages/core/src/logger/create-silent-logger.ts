import type { Logger } from "../ports/logger.js";

/** A logger without output: the default of every factory. */
export function createSilentLogger(): Logger {
  const ignore = (): void => {};
  const logger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore, child: () => logger };
  return logger;
}
