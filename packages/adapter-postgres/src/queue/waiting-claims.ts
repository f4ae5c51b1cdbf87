import type { ClaimedEntry, ClaimRequest } from "@agentbot/core";
import type { EntriesRequest } from "./claim-entries.js";
import { createWaitingClaim, type WaitingClaim } from "./waiting-claim.js";

/** The claims that have not been answered yet, served in the order they came. */
export interface WaitingClaims {
  claim(request: ClaimRequest): Promise<readonly ClaimedEntry[]>;
  /** Something may be there: looks again if anybody waits. */
  wake(): void;
  /** Answers every waiting and later claim with nothing; resolves when what was on its way has been given back. */
  close(): Promise<void>;
}

/** What {@link createWaitingClaims} is made of. */
export interface WaitingClaimsOptions {
  readonly take: (
    request: EntriesRequest,
  ) => Promise<{ readonly entries: readonly ClaimedEntry[]; readonly nextChangeMs: number | null }>;
  /** Looks at least this often while somebody waits, in milliseconds. */
  readonly pollMs: number;
}

/** At most so many entries are claimed in one statement. */
const maxEntries = 500;

/**
 * Makes {@link WaitingClaims}: one statement at a time claims for everybody who waits, and no connection is held in
 * between. It looks again when woken, when time brings something, and every `pollMs`.
 */
export function createWaitingClaims({ take, pollMs }: WaitingClaimsOptions): WaitingClaims {
  const waiting = new Set<WaitingClaim>();
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | null = null;
  let isLookWanted = false;
  let isClosed = false;

  /** Those who wait now, in the groups that one statement each can serve: of the same kind and lease, and not too many. */
  const groups = (): readonly (readonly WaitingClaim[])[] => {
    const all: { readonly claims: WaitingClaim[]; limit: number }[] = [];
    for (const claim of waiting) {
      const { limit, leaseMs, kind } = claim.request;
      const fits = ({ claims: [first], limit: taken }: (typeof all)[number]): boolean =>
        first?.request.leaseMs === leaseMs && first.request.kind === kind && taken + limit <= maxEntries;
      const group = all.find(fits);
      if (group) {
        group.claims.push(claim);
        group.limit += limit;
      } else all.push({ claims: [claim], limit });
    }
    return all.map(({ claims }) => claims);
  };

  /** Claims for a group; returns in how many milliseconds to look again for it. */
  const serve = async (group: readonly WaitingClaim[]): Promise<number> => {
    const limit = group.reduce((sum, { request }) => sum + request.limit, 0);
    const { leaseMs = 0, kind = null } = group[0]?.request ?? {};
    const isWaiting = group.some(({ request }) => request.waitMs > 0);
    const { entries, nextChangeMs } = await take({ kind, limit, leaseMs, isWaiting });
    let given = 0;
    for (const claim of group) {
      if (claim.isOver()) continue;
      const share = entries.slice(given, given + claim.request.limit);
      given += share.length;
      if (share.length > 0 || claim.request.waitMs <= 0) claim.answer(share);
    }
    // Claimed for somebody who has gone meanwhile: others may have it at once.
    await Promise.all(entries.slice(given).map((entry) => entry.release(0)));
    return Math.min(pollMs, Math.max(1, Math.ceil(nextChangeMs ?? pollMs)));
  };

  const look = async (): Promise<void> => {
    clearTimeout(timer);
    // All claims that are asked for at this moment travel together.
    await new Promise<void>((resolve) => process.nextTick(resolve));
    let waitMs = pollMs;
    while (isLookWanted) {
      isLookWanted = false;
      waitMs = pollMs;
      for (const group of groups()) waitMs = Math.min(waitMs, await serve(group));
    }
    if (waiting.size > 0) timer = setTimeout(wake, waitMs);
  };

  const wake = (): void => {
    if (waiting.size === 0) return;
    isLookWanted = true;
    looking ??= look()
      .catch((error: unknown) => {
        for (const claim of waiting) claim.fail(error);
      })
      .finally(() => {
        looking = null;
        if (isLookWanted) wake();
      });
  };

  return {
    wake,
    claim(request) {
      if (isClosed || request.signal.aborted || request.limit < 1) return Promise.resolve([]);
      const { claim, answered } = createWaitingClaim(request, (over) => waiting.delete(over));
      waiting.add(claim);
      wake();
      return answered;
    },
    async close() {
      isClosed = true;
      clearTimeout(timer);
      for (const claim of waiting) claim.answer([]);
      await looking;
    },
  };
}
