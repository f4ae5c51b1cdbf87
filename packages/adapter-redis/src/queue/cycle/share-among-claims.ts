import type { LeasedEntry } from "./leased-entry.js";
import type { WaitingClaim } from "./waiting-claim.js";

/** Those of the claims that want the same lease as the first one. */
export function sameLease(claims: Iterable<WaitingClaim>): WaitingClaim[] {
  const same: WaitingClaim[] = [];
  for (const claim of claims) {
    if (claim.request.leaseMs === (same[0] ?? claim).request.leaseMs) same.push(claim);
  }
  return same;
}

/** Gives each claim up to its limit, in the order they came; returns what nobody wants any more. */
export function distribute(leased: readonly LeasedEntry[], claims: readonly WaitingClaim[]): readonly LeasedEntry[] {
  let from = 0;
  for (const claim of claims) {
    if (from === leased.length) break;
    if (!claim.isOpen()) continue;
    const isOver = claim.request.signal.aborted;
    const entries = isOver ? [] : leased.slice(from, from + claim.request.limit);
    from += entries.length;
    claim.answer(entries);
  }
  return leased.slice(from);
}
