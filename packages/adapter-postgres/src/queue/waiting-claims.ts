import type { ClaimedEntry, ClaimRequest } from "@agentbot/core";
import { maxTimerMs } from "@agentbot/core/adapter";
import type { EntriesRequest } from "./claim-entries.js";

/** The claims that have not been answered yet, served in the order they came. */
export interface WaitingClaims {
  claim(request: ClaimRequest): Promise<readonly ClaimedEntry[]>;
  /** Looks again if a claim waits: an entry may have become claimable. */
  wake(): void;
  /** Ends every waiting and later claim with an empty result; resolves when entries on their way have been released. */
  close(): Promise<void>;
}

/** Options of {@link createWaitingClaims}. */
export interface WaitingClaimsOptions {
  readonly take: (
    request: EntriesRequest,
  ) => Promise<{ readonly entries: readonly ClaimedEntry[]; readonly dueInMs: number | null }>;
  /** The longest time between two looks while a claim waits, in milliseconds. */
  readonly pollMs: number;
}

/** Maximum number of entries that one statement claims. */
const maxEntries = 500;

/**
 * Runs one statement at a time for all waiting claims, and holds no connection in between. It looks again when woken, when
 * an entry becomes due, and every `pollMs`.
 */
export function createWaitingClaims({ take, pollMs }: WaitingClaimsOptions): WaitingClaims {
  const waiting = new Set<WaitingClaim>();
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | null = null;
  let isLookWanted = false;
  let isClosed = false;

  /** The waiting claims in groups that one statement each can serve: of the same kind and lease, and not too many. */
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
    const { entries, dueInMs } = await take({ kind, limit, leaseMs, isWaiting });
    let given = 0;
    for (const claim of group) {
      if (claim.isOver()) continue;
      const share = entries.slice(given, given + claim.request.limit);
      given += share.length;
      if (share.length > 0 || claim.request.waitMs <= 0) claim.answer(share);
    }
    // Claimed for a caller that has gone meanwhile: others may claim it at once.
    await Promise.all(entries.slice(given).map((entry) => entry.release(0)));
    return Math.min(pollMs, Math.max(1, Math.ceil(dueInMs ?? pollMs)));
  };

  const look = async (): Promise<void> => {
    clearTimeout(timer);
    // All claims of this turn of the event loop share a statement.
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

/** A claim that has not been answered yet. */
interface WaitingClaim {
  readonly request: ClaimRequest;
  /** True once it has been answered or its time is over. */
  isOver(): boolean;
  answer(entries: readonly ClaimedEntry[]): void;
  fail(error: unknown): void;
}

/** A claim ends by itself, with an empty result, when its time is over or its signal aborts. */
function createWaitingClaim(
  request: ClaimRequest,
  onOver: (claim: WaitingClaim) => void,
): { readonly claim: WaitingClaim; readonly answered: Promise<readonly ClaimedEntry[]> } {
  const { signal, waitMs } = request;
  let isOver = false;
  let settle: { readonly resolve: (entries: readonly ClaimedEntry[]) => void; readonly reject: (e: unknown) => void };
  const answered = new Promise<readonly ClaimedEntry[]>((resolve, reject) => {
    settle = { resolve, reject };
  });
  const end = (how: () => void): void => {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
    onOver(claim);
    how();
  };
  const claim: WaitingClaim = {
    request,
    isOver: () => isOver,
    answer: (entries) => end(() => settle.resolve(entries)),
    fail: (error) => end(() => settle.reject(error)),
  };
  const onAbort = (): void => claim.answer([]);
  signal.addEventListener("abort", onAbort, { once: true });
  // A claim that does not wait is answered by the look it causes.
  const timer = waitMs > 0 ? setTimeout(onAbort, Math.min(waitMs, maxTimerMs)) : undefined;
  return { claim, answered };
}
