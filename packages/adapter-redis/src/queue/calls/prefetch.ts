import { type ClaimTerms, haveSameTerms } from "./claims.js";
import type { LeasedEntry } from "./cycle-reply.js";

/**
 * A worker that completes an entry usually claims another at once, so the call that completes one claims its successor as
 * well. That is held for the rest of the turn only: never ahead of a free place, and what no claim takes is returned to the
 * queue at once. Measured: 10 instead of 8 Redis calls a task without it, at concurrency 1, and 1.5 times its processor time.
 */
export interface Prefetch {
  /** The terms to claim under, and how many entries, when this many places are about to be freed. */
  wanted(freed: number): { readonly count: number; readonly terms: ClaimTerms };
  /** Places were freed in this turn, and these entries were claimed with them. */
  put(leased: readonly LeasedEntry[]): void;
  /** Takes what a claim like this one may have. */
  take(limit: number, terms: ClaimTerms): readonly LeasedEntry[];
  /** Returns everything to the queue. */
  release(): void;
}

export function createPrefetch(returnToQueue: (leased: readonly LeasedEntry[]) => void): Prefetch {
  let held: LeasedEntry[] = [];
  let lastTerms: ClaimTerms = { leaseMs: 0 };
  let isTurnOfRelease = false;
  /** True if a claim followed at once when places were freed the last time. */
  let isEager = false;

  const release = (): void => {
    if (held.length === 0) return;
    const unwanted = held;
    held = [];
    isEager = false;
    returnToQueue(unwanted);
  };
  const endTurn = (): void => {
    isTurnOfRelease = false;
    release();
  };

  return {
    wanted: (freed) => ({ count: isEager ? freed : 0, terms: lastTerms }),
    put(leased) {
      held.push(...leased);
      if (!isTurnOfRelease) process.nextTick(endTurn);
      isTurnOfRelease = true;
    },
    take(limit, terms) {
      if (!haveSameTerms(terms, lastTerms)) release();
      lastTerms = terms;
      if (isTurnOfRelease) isEager = true;
      return held.length === 0 ? held : held.splice(0, limit);
    },
    release,
  };
}
