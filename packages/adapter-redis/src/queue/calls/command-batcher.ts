import { setImmediate as nextTurn } from "node:timers/promises";
import type { ClaimRequest, QueueEntry } from "@agentbot/core";
import { cycleScript } from "../scripts/cycle-script.js";
import { enqueueArguments, enqueueScript } from "../scripts/enqueue-script.js";
import {
  type Claim,
  type ClaimTerms,
  createClaim,
  distribute,
  haveSameTerms,
  kindsOf,
  takeInFlight,
} from "./claims.js";
import { type CycleCallerOptions, createCycleCaller } from "./cycle-call.js";
import type { CycleReply, LeasedEntry } from "./cycle-reply.js";
import { createPrefetch } from "./prefetch.js";
import { freesPlace, type Settlement, settlementArguments, unawaited } from "./settlement.js";
import { createWakeSources, type WakeSourcesOptions } from "./wake-sources.js";

/**
 * Sends the commands of this process. Claims and settlements share calls: one is on its way at a time, and what comes
 * meanwhile goes with the next. While many settlements wait a second call goes beside it, so that Redis works on one while
 * this process works on the other. An `enqueue` is a call of its own, which claims for the claims that are idle.
 */
export interface CommandBatcher {
  claim(request: ClaimRequest): Claim;
  /** Adds entries and claims what the idle claims want; rejects with AgentBotError `QUEUE_UNAVAILABLE`. */
  enqueueAndClaim(entries: readonly QueueEntry[]): Promise<void>;
  settle(settlement: Settlement): void;
  /** Returns prefetched entries to the queue, so that a caller that looks now sees them in their place. */
  releasePrefetched(): void;
  /** Resolves when the calls on their way have ended and what they claimed in vain is returned. */
  settled(): Promise<void>;
  close(): void;
}

export interface CommandBatcherOptions extends Omit<CycleCallerOptions, "onLate" | "onUnconfirmed"> {
  readonly createListener: WakeSourcesOptions["createListener"];
  readonly agingMs: number;
}

/** Maximum number of entries that one call settles, and that it claims. */
const batchSize = 500;
/** With fewer settlements a second call beside the one on its way costs more than it gains. */
const minSettlementsForSecondCall = 5;

export function createCommandBatcher(options: CommandBatcherOptions): CommandBatcher {
  const { agingMs } = options;
  const claims = new Set<Claim>();
  const pending: Settlement[] = [];
  /** Every call on its way. */
  const calls = new Set<Promise<void>>();
  /** Those of them that share claims and settlements. */
  let cycleCount = 0;
  let isScheduled = false;
  /** Counts the events after which a claim may find something, even if a call that was sent before them finds nothing. */
  let wakeCount = 0;
  /** True for a kind while nothing is left to claim, and everything that came since has set a marker. */
  const isExhausted = { task: false, command: false };

  const caller = createCycleCaller({
    ...options,
    onLate: (leased) => returnToQueue(leased),
    onUnconfirmed: () => pending.push(...caller.takeUnconfirmed()),
  });
  const prefetch = createPrefetch((leased) => {
    returnToQueue(leased);
    // Beside the calls on their way: a later look at the queue must not overtake it.
    track(runCycle(pending.splice(0, batchSize), []));
  });

  const wake = (isWoken: (claim: Claim) => boolean = () => true): void => {
    noteNews();
    for (const claim of claims) if (claim.state === "idle" && isWoken(claim)) claim.state = "pending";
    schedule();
  };
  const noteNews = (): void => {
    wakeCount += 1;
    for (const kind of kindsOf(undefined)) isExhausted[kind] = false;
  };
  const wakeSources = createWakeSources({ createListener: options.createListener, onWake: (isWoken) => wake(isWoken) });
  const { dueTimer } = wakeSources;

  const mayBegin = (): boolean =>
    cycleCount === 0 || (cycleCount === 1 && pending.length >= minSettlementsForSecondCall);

  const schedule = (): void => {
    if (isScheduled || !mayBegin()) return;
    isScheduled = true;
    // After all microtasks of this turn: what they settle and claim goes out together.
    process.nextTick(begin);
  };

  const begin = (): void => {
    isScheduled = false;
    if (!mayBegin()) return;
    const isWorthTwo = cycleCount === 0 && pending.length >= 2 * minSettlementsForSecondCall;
    const count = isWorthTwo ? Math.min(batchSize, pending.length / 2) : batchSize;
    const settlements = [...caller.takeUnconfirmed(), ...pending.splice(0, count)];
    let claiming = takeInFlight(claims, "pending");
    // A settlement may free a lane for the idle ones.
    if (claiming.length === 0 && settlements.length > 0) {
      const { terms } = prefetch.wanted(0);
      claiming = takeInFlight(
        [...claims].filter(({ request }) => haveSameTerms(request, terms)),
        "idle",
      );
    }
    if (settlements.length === 0 && claiming.length === 0 && !wakeSources.tookMarker) return;
    cycleCount += 1;
    track(
      runCycle(settlements, claiming).finally(() => {
        cycleCount -= 1;
        if (pending.length > 0 || wakeSources.tookMarker || hasPendingClaim()) schedule();
      }),
    );
    if (pending.length > 0) schedule();
  };
  const hasPendingClaim = (): boolean => {
    for (const { state } of claims) if (state === "pending") return true;
    return false;
  };
  const track = (call: Promise<void>): void => {
    const tracked = call.finally(() => calls.delete(tracked));
    calls.add(tracked);
  };

  const runCycle = async (settlements: readonly Settlement[], claiming: readonly Claim[]): Promise<void> => {
    const completed = settlements.filter(({ kind }) => kind === "complete");
    const others = settlements.filter(({ kind }) => kind !== "complete");
    const freed = settlements.filter(freesPlace).length;
    const next = prefetch.wanted(freed);
    const terms = claiming[0]?.request ?? next.terms;
    const isPrefetching = freed > 0 && haveSameTerms(terms, next.terms);
    const want = Math.min(batchSize, totalLimit(claiming) + (isPrefetching ? next.count : 0));
    const flags = [wakeSources.passMarkerOn() ? 1 : 0, want > 0 && dueTimer.shouldPoll() ? 1 : 0];
    const args = [...flags, ...settlementArguments(completed, others)];
    const wakesBefore = wakeCount;
    try {
      const reply = await caller.call({ script: cycleScript, want, terms, args });
      for (const { resolve } of completed) resolve(true);
      for (const [index, { resolve }] of others.entries()) resolve(reply.answers[index] === true);
      const left = handOut(reply, claiming, terms, wakesBefore);
      if (isPrefetching) prefetch.put(left);
      else returnToQueue(left);
    } catch (error) {
      noteNews();
      for (const { reject } of settlements) reject(error);
      for (const claim of [...claims]) claim.fail(error);
    }
  };

  const runEnqueue = async (entries: readonly QueueEntry[], claiming: readonly Claim[]): Promise<void> => {
    const terms = claiming[0]?.request ?? { leaseMs: 0 };
    const want = Math.min(batchSize, totalLimit(claiming));
    const wakesBefore = wakeCount;
    try {
      const args = enqueueArguments(entries, agingMs);
      const added = entries.length === 1 ? entries[0] : undefined;
      const reply = await caller.call({ script: enqueueScript, want, terms, args, added });
      if (want > 0) returnToQueue(handOut(reply, claiming, terms, wakesBefore));
    } catch (error) {
      for (const claim of claiming) if (claim.state === "inFlight") claim.state = "pending";
      wake();
      throw error;
    }
  };

  /** Answers the claims of a call with what it claimed; returns what none of them takes. */
  const handOut = (
    reply: CycleReply,
    claiming: readonly Claim[],
    terms: ClaimTerms,
    wakesBefore: number,
  ): readonly LeasedEntry[] => {
    for (const member of reply.unreadable)
      pending.push(unawaited("bury", member, "Its record in the queue cannot be read"));
    if (reply.unreadable.length > 0) track(runCycle(pending.splice(0, batchSize), []));
    if (reply.nextDueMs !== null) dueTimer.schedule(reply.nextDueMs);
    const left = distribute(reply.leased, claiming);
    const mayHaveCome = wakeCount !== wakesBefore;
    for (const kind of kindsOf(terms.kind)) isExhausted[kind] = reply.isExhausted && !mayHaveCome;
    // Most often all are answered: then nothing more stands between the answer and the work.
    if (claims.size === 0) return left;
    for (const claim of claiming) {
      if (claim.state !== "inFlight") continue;
      if (reply.isExhausted) claim.wait(mayHaveCome ? "pending" : "idle");
      else claim.state = "pending";
    }
    wakeSources.listen(claims);
    if (hasPendingClaim()) schedule();
    return left;
  };

  const returnToQueue = (leased: readonly LeasedEntry[]): void => {
    for (const { member } of leased) pending.push(unawaited("return", member, 0));
    if (leased.length > 0) schedule();
  };

  return {
    claim(request) {
      const claim = createClaim(request, (answered) => claims.delete(answered));
      const leased = prefetch.take(request.limit, request);
      if (leased.length > 0) {
        claim.answer(leased);
        return claim;
      }
      claims.add(claim);
      if (request.waitMs > 0 && kindsOf(request.kind).every((kind) => isExhausted[kind])) {
        claim.wait("idle");
        wakeSources.listen(claims);
      } else schedule();
      return claim;
    },
    async enqueueAndClaim(entries) {
      noteNews();
      const wanting = [...claims].filter(({ request }) =>
        kindsOf(request.kind).some((wanted) => entries.some(({ kind }) => kind === wanted)),
      );
      const call = runEnqueue(entries, takeInFlight(wanting, "idle"));
      track(call.catch(() => {}));
      await call;
    },
    settle(settlement) {
      pending.push(settlement);
      schedule();
    },
    releasePrefetched: prefetch.release,
    async settled() {
      // Entries that a call claims in vain are returned by another one; calls that other queues begin meanwhile are not waited for.
      for (let round = 0; round < 3 && (calls.size > 0 || isScheduled || pending.length > 0); round += 1) {
        await Promise.all(calls);
        await nextTurn();
      }
      const unconfirmed = caller.takeUnconfirmed();
      if (unconfirmed.length > 0) await runCycle(unconfirmed, []);
    },
    close: wakeSources.close,
  };
}

const totalLimit = (claims: readonly Claim[]): number => claims.reduce((sum, { request }) => sum + request.limit, 0);
