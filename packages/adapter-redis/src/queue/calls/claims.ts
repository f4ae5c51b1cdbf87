import type { ClaimRequest, QueueEntry } from "@agentbot/core";
import { maxTimerMs } from "@agentbot/core/adapter";
import type { LeasedEntry } from "./cycle-reply.js";

/**
 * Where a claim stands:
 *
 * | state | meaning | what ends it |
 * |---|---|---|
 * | `pending` | the next call claims for it | that call is sent: `inFlight` |
 * | `inFlight` | a call on its way claims for it | entries: `answered`. Nothing was left: `idle`. The call stopped early, or something may have come since it was sent: `pending` |
 * | `idle` | nothing was left; it waits for a marker, a due time, or an `enqueue` of this process | the first two: `pending`. An `enqueue`, whose call claims for it: `inFlight` |
 * | `answered` | its caller has entries, none, or an error | |
 *
 * Once a claim has been idle, its `waitMs` or its signal answers it in any state.
 */
export type ClaimState = "pending" | "inFlight" | "idle" | "answered";

/** A claim of this process. */
export interface Claim {
  readonly request: ClaimRequest;
  readonly answered: Promise<readonly LeasedEntry[]>;
  state: ClaimState;
  /** Nothing was left: ends the claim if its time is over or its signal aborted, or lets it wait in this state. */
  wait(state: "pending" | "idle"): void;
  /** Answers; does nothing once it is answered. */
  answer(entries: readonly LeasedEntry[]): void;
  /** Answers with an error; does nothing once it is answered. */
  fail(error: unknown): void;
}

export function createClaim(request: ClaimRequest, onAnswered: (claim: Claim) => void): Claim {
  const beganAtMs = performance.now();
  let timer: NodeJS.Timeout | undefined;
  let resolve: (entries: readonly LeasedEntry[]) => void = () => {};
  let reject: (error: unknown) => void = () => {};

  const end = (): void => {
    claim.state = "answered";
    if (timer) request.signal.removeEventListener("abort", giveUp);
    clearTimeout(timer);
    onAnswered(claim);
  };
  const giveUp = (): void => claim.answer([]);

  const claim: Claim = {
    request,
    state: "pending",
    answered: new Promise((onAnswer, onFailure) => {
      resolve = onAnswer;
      reject = onFailure;
    }),
    wait(state) {
      if (claim.state === "answered") return;
      claim.state = state;
      if (timer) return;
      const leftMs = request.waitMs - (performance.now() - beganAtMs);
      if (leftMs <= 0 || request.signal.aborted) return giveUp();
      timer = setTimeout(giveUp, Math.min(leftMs, maxTimerMs));
      request.signal.addEventListener("abort", giveUp, { once: true });
    },
    answer(entries) {
      if (claim.state === "answered") return;
      end();
      resolve(entries);
    },
    fail(error) {
      if (claim.state === "answered") return;
      end();
      reject(error);
    },
  };
  return claim;
}

/** The terms that claims must share to share a call. */
export type ClaimTerms = Pick<ClaimRequest, "leaseMs" | "kind">;

export function haveSameTerms(one: ClaimTerms, other: ClaimTerms): boolean {
  return one.leaseMs === other.leaseMs && one.kind === other.kind;
}

/** The kinds of entries that a claim for this kind, or for any, wants. */
export function kindsOf(kind: ClaimRequest["kind"]): readonly QueueEntry["kind"][] {
  return kind ? [kind] : ["command", "task"];
}

/** The first claims in this state that can share a call, in the order they came; they are in flight from now on. */
export function takeInFlight(claims: Iterable<Claim>, from: "pending" | "idle"): readonly Claim[] {
  const taken: Claim[] = [];
  for (const claim of claims) {
    if (claim.state !== from || !haveSameTerms(claim.request, (taken[0] ?? claim).request)) continue;
    claim.state = "inFlight";
    taken.push(claim);
  }
  return taken;
}

/** Gives each claim up to its limit, in their order; returns what none of them takes. */
export function distribute(leased: readonly LeasedEntry[], claims: readonly Claim[]): readonly LeasedEntry[] {
  let from = 0;
  for (const claim of claims) {
    if (from === leased.length) break;
    if (claim.state === "answered") continue;
    const isOver = claim.request.signal.aborted;
    const entries = isOver ? [] : leased.slice(from, from + claim.request.limit);
    from += entries.length;
    claim.answer(entries);
  }
  return leased.slice(from);
}
