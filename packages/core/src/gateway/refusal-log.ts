import type { Logger } from "../ports/logger.js";

/** Warns of refused requests. */
export interface RefusalLog {
  /** Logs the sentence, unless it was logged within the last second; a later line has the number of those left out. */
  warn(logger: Logger, facts: object, sentence: string): void;
}

/** How long a sentence is left out after a line with it, in milliseconds. */
const everyMs = 1000;

/**
 * One line a second for each sentence, so that strangers cannot fill the log. The sentences are constants of the caller; the
 * count of those left out belongs to no request, and goes to the logger of the gateway.
 */
export function createRefusalLog(gatewayLogger: Logger): RefusalLog {
  const leftOut = new Map<string, number>();
  const wait = (sentence: string): void => {
    leftOut.set(sentence, 0);
    const flush = (): void => {
      const count = leftOut.get(sentence) ?? 0;
      leftOut.delete(sentence);
      if (count === 0) return;
      gatewayLogger.warn({ leftOut: count }, sentence);
      wait(sentence);
    };
    setTimeout(flush, everyMs).unref();
  };
  return {
    warn(logger, facts, sentence) {
      const count = leftOut.get(sentence);
      if (count !== undefined) return void leftOut.set(sentence, count + 1);
      logger.warn(facts, sentence);
      wait(sentence);
    },
  };
}
