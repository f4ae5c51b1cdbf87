import { wellFormedJson } from "../well-formed-json.js";
import { type EntrySettlement, unawaited } from "./entry-settlement.js";
import type { LeasedEntry } from "./leased-entry.js";

/**
 * Calls whose answer was lost, or that ran twice: what they claimed beyond what was handed out is given back. Nothing is
 * sent for their sake; they go along with the next call, and if that fails with the one after it.
 */
export interface DoubtfulClaims {
  /** What the call claimed is under its token, at most so long. */
  add(token: string, handedOut: readonly LeasedEntry[], leaseMs: number): void;
  /** One settlement for them all, if there are any. */
  take(): readonly EntrySettlement[];
}

interface Doubt {
  readonly token: string;
  readonly handedOutIds: readonly string[];
  /** When its leases have ended, by `performance.now()`: then there is nothing left to give back. */
  readonly endsAtMs: number;
}

/** Makes {@link DoubtfulClaims}. */
export function createDoubtfulClaims(): DoubtfulClaims {
  let doubts: Doubt[] = [];
  return {
    add(token, handedOut, leaseMs) {
      const handedOutIds = handedOut.map(({ entry }) => entry.taskId);
      doubts.push({ token, handedOutIds, endsAtMs: performance.now() + leaseMs });
    },
    take() {
      const nowMs = performance.now();
      const taken = doubts.filter(({ endsAtMs }) => endsAtMs > nowMs);
      doubts = [];
      if (taken.length === 0) return [];
      const value = wellFormedJson(taken.map(({ token, handedOutIds }) => [token, ...handedOutIds]));
      return [unawaited("recover", "", value, () => doubts.push(...taken))];
    },
  };
}
