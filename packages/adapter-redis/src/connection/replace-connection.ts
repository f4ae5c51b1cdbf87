import type { RedisClient } from "./redis-client.js";

/** Notices a connection that is `ready` and useless, and has the client make another one. */
export interface ConnectionReplacer {
  answered(): void;
  /** A command that was sent then, by `performance.now()`, got no answer in time. */
  unanswered(sentAtMs: number): void;
  /** Redis refused a command for what it is now, as a replica does. */
  refused(): void;
}

/** So many commands one after the other without an answer: the other side has gone without a word. */
const patience = 3;
/** The pause between two replacements, in milliseconds; it doubles while one follows the other. */
const firstPauseMs = 5000;
const longestPauseMs = 300_000;

/**
 * Makes a {@link ConnectionReplacer}. A machine that lost its power sends no end of the connection, and a master that was
 * made a replica keeps it: without this, a client waits for TCP to give up, or for ever.
 */
export function createConnectionReplacer(client: RedisClient): ConnectionReplacer {
  let silent = 0;
  let countedAtMs = Number.NEGATIVE_INFINITY;
  let pauseMs = firstPauseMs;
  let replacedAtMs = Number.NEGATIVE_INFINITY;

  const replace = (): void => {
    const nowMs = performance.now();
    if (client.status !== "ready" || nowMs < replacedAtMs + pauseMs) return;
    const isInARow = nowMs < replacedAtMs + 4 * pauseMs;
    pauseMs = isInARow ? Math.min(pauseMs * 2, longestPauseMs) : firstPauseMs;
    replacedAtMs = nowMs;
    silent = 0;
    client.disconnect(true);
  };

  return {
    answered() {
      silent = 0;
    },
    unanswered(sentAtMs) {
      // Those that were on the way together met one and the same stall.
      if (sentAtMs < countedAtMs) return;
      countedAtMs = performance.now();
      silent += 1;
      if (silent >= patience) replace();
    },
    refused: replace,
  };
}
