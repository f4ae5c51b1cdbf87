import type { Logger } from "../ports/logger.js";

/** The logger used where none is given: it says nothing. */
export function createSilentLogger(): Logger {
  const ignore = (): void => {};
  const logger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore, child: () => logger };
  return logger;
}
