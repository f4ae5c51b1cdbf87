import type { LeasedEntry } from "./leased-entry.js";

/**
 * Who finishes an entry claims the next one in the same breath, so the call that takes the finished one out brings its
 * successor along. It is held for the rest of the turn only: never ahead of a free place, and what nobody asks for goes
 * back to its place at once.
 */
export interface AheadClaims {
  /** How many to claim along, and for how long, when so many places are about to be free; 0 when nobody would ask for them. */
  wanted(freed: number): { readonly count: number; readonly leaseMs: number };
  /** Places became free in this turn, and these entries came along. */
  keep(leased: readonly LeasedEntry[]): void;
  /** What is kept for a claim like this. */
  take(limit: number, leaseMs: number): readonly LeasedEntry[];
  /** Gives back what is kept. */
  release(): void;
}

/** Makes {@link AheadClaims}; `giveBack` gets what nobody asked for. */
export function createAheadClaims(giveBack: (leased: readonly LeasedEntry[]) => void): AheadClaims {
  let kept: LeasedEntry[] = [];
  let leaseMs = 0;
  let isTurnOfRelease = false;
  /** The last time places became free, somebody claimed at once. */
  let isEager = false;

  const release = (): void => {
    if (kept.length === 0) return;
    const unwanted = kept;
    kept = [];
    isEager = false;
    giveBack(unwanted);
  };
  const endTurn = (): void => {
    isTurnOfRelease = false;
    release();
  };

  return {
    wanted: (freed) => ({ count: isEager ? freed : 0, leaseMs }),
    keep(leased) {
      kept.push(...leased);
      if (!isTurnOfRelease) process.nextTick(endTurn);
      isTurnOfRelease = true;
    },
    take(limit, wantedLeaseMs) {
      if (wantedLeaseMs !== leaseMs) release();
      leaseMs = wantedLeaseMs;
      if (isTurnOfRelease) isEager = true;
      return kept.length === 0 ? kept : kept.splice(0, limit);
    },
    release,
  };
}
