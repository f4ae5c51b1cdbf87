import { setImmediate as nextTurn } from "node:timers/promises";
import type { Doorbell, Ring } from "../doorbell.js";
import { microseconds } from "../microseconds.js";
import type { ScriptRunner } from "../run-script.js";
import { cycleScript } from "../scripts/cycle-script.js";
import { createAheadClaims } from "./ahead-claims.js";
import { createDoubtfulClaims } from "./doubtful-claims.js";
import { type EntrySettlement, freesPlace, settlementArguments, unawaited } from "./entry-settlement.js";
import { type CycleReply, type LeasedEntry, readCycleReply } from "./leased-entry.js";
import { createNextChange } from "./next-change.js";
import { distribute, sameLease } from "./share-among-claims.js";
import { createWaitingClaim, type WaitingClaim } from "./waiting-claim.js";
import type { WorkCycle } from "./work-cycle.js";

/** What {@link createWorkCycle} works with. */
export interface WorkCycleParts {
  readonly runScript: ScriptRunner;
  readonly makeDoorbell: (onRing: (ring: Ring) => void) => Doorbell;
  /** Names this process among the leases. */
  readonly workerId: string;
  readonly repositoryConcurrency: number;
  readonly installationConcurrency: number;
  readonly buriedLimit: number;
}

/** How many entries one call settles, and how many it claims. */
const batchSize = 500;
/** So many settlements are worth a call beside the one that is on its way: fewer cost more than they gain. */
const worthAnother = 5;

/** Makes a {@link WorkCycle}. */
export function createWorkCycle(parts: WorkCycleParts): WorkCycle {
  const { runScript, makeDoorbell, workerId, repositoryConcurrency, installationConcurrency, buriedLimit } = parts;
  const isLimited = repositoryConcurrency + installationConcurrency > 0;
  const waiting = new Set<WaitingClaim>();
  const pending: EntrySettlement[] = [];
  const doubtful = createDoubtfulClaims();
  let generation = 0;
  /** Calls that claim and settle. */
  let underWay = 0;
  /** Those, and what is given back beside them. */
  const onTheWay = new Set<Promise<void>>();
  let isScheduled = false;
  /** The waiting claims that have still to be asked for, in the order they came. */
  const unasked = new Set<WaitingClaim>();
  /** Those that a call on its way asks for. */
  const beingAsked = new Set<WaitingClaim>();
  /** Nothing claimable was left, and whatever has come since set the marker. */
  let isQuiet = false;
  /** We took the marker: whoever else waits sleeps until it is set again. */
  let isRung = false;

  const doorbell = makeDoorbell((ring) => {
    isRung ||= ring === "marker";
    ask();
  });

  const ask = (): void => {
    isQuiet = false;
    for (const claim of waiting) unasked.add(claim);
    schedule();
  };

  const nextChange = createNextChange(ask);

  const nextToken = (): string => `${workerId}.${generation++}`;

  const mayBegin = (): boolean => underWay === 0 || (underWay === 1 && pending.length >= worthAnother);

  const schedule = (): void => {
    if (isScheduled || !mayBegin()) return;
    isScheduled = true;
    // After all microtasks of this turn: what was finished and what is asked for in it go out together.
    process.nextTick(begin);
  };

  const begin = (): void => {
    isScheduled = false;
    if (!mayBegin()) return;
    const isWorthTwo = underWay === 0 && pending.length >= 2 * worthAnother;
    const count = isWorthTwo ? Math.min(batchSize, pending.length / 2) : batchSize;
    const settlements = [...doubtful.take(), ...pending.splice(0, count)];
    // What is settled may make room for those who were told to wait.
    const open = unasked.size > 0 || settlements.length === 0 ? unasked : waiting;
    const claims = sameLease([...open].filter((claim) => !beingAsked.has(claim)));
    if (settlements.length === 0 && claims.length === 0 && !isRung) return;
    for (const claim of claims) {
      unasked.delete(claim);
      beingAsked.add(claim);
    }
    underWay += 1;
    void run(settlements, claims).finally(() => {
      underWay -= 1;
      for (const claim of claims) beingAsked.delete(claim);
      if (pending.length > 0 || isRung || unasked.size > 0) schedule();
    });
    if (pending.length > 0) schedule();
  };

  const run = (settlements: readonly EntrySettlement[], claims: readonly WaitingClaim[]): Promise<void> => {
    const call = send(settlements, claims).finally(() => onTheWay.delete(call));
    onTheWay.add(call);
    return call;
  };

  const send = async (settlements: readonly EntrySettlement[], claims: readonly WaitingClaim[]): Promise<void> => {
    const token = nextToken();
    const completed = settlements.filter(({ kind }) => kind === "complete");
    const others = settlements.filter(({ kind }) => kind !== "complete");
    const freed = settlements.filter(freesPlace).length;
    const asked = claims.reduce((sum, { request }) => sum + request.limit, 0);
    const next = ahead.wanted(freed);
    const leaseMs = claims[0]?.request.leaseMs ?? next.leaseMs;
    const isAhead = freed > 0 && leaseMs === next.leaseMs;
    const want = Math.min(batchSize, asked + (isAhead ? next.count : 0));
    const leaseUs = microseconds(leaseMs);
    const wasRung = isRung;
    isRung = false;
    const settings = [repositoryConcurrency, installationConcurrency, buriedLimit];
    const flags = [wasRung ? 1 : 0, want > 0 && nextChange.takeTurnToLook() ? 1 : 0];
    const args = [token, want, leaseUs, ...flags, ...settings, ...settlementArguments(completed, others)];
    let isDoubtful = false;
    try {
      const answer = await runScript({
        script: cycleScript,
        args,
        onLate: (late) => giveBack(readCycleReply(late, token).leased),
        onDoubt: () => {
          isDoubtful = want > 0;
        },
      });
      const reply = readCycleReply(answer, token);
      if (isDoubtful) {
        doubtful.add(token, reply.leased, leaseMs);
        pending.push(...doubtful.take());
        isDoubtful = false;
      }
      finish(reply, completed, others, claims, isAhead);
    } catch (error) {
      isQuiet = false;
      if (isDoubtful) doubtful.add(token, [], leaseMs);
      for (const { reject } of settlements) reject(error);
      for (const claim of [...waiting]) claim.fail(error);
    }
  };

  const finish = (
    reply: CycleReply,
    completed: readonly EntrySettlement[],
    others: readonly EntrySettlement[],
    claims: readonly WaitingClaim[],
    isAhead: boolean,
  ): void => {
    for (const { resolve } of completed) resolve(true);
    for (const [index, { resolve }] of others.entries()) resolve(reply.answers[index] === true);
    for (const member of reply.unreadable) drop("bury", member, "its record in the queue cannot be read");
    if (reply.unreadable.length > 0) settleNow();
    if (reply.nextChangeMs !== null) nextChange.isIn(reply.nextChangeMs);
    const unclaimed = distribute(reply.leased, claims);
    if (isAhead) ahead.keep(unclaimed);
    else giveBack(unclaimed);
    isQuiet = reply.isExhausted && unasked.size === 0;
    if (claims.length === 0) return;
    for (const claim of claims) {
      if (reply.isExhausted) claim.wait();
      else if (claim.isOpen()) unasked.add(claim);
    }
    listen();
  };

  const giveBack = (leased: readonly LeasedEntry[]): void => {
    for (const { member } of leased) drop("return", member, 0);
  };

  const drop = (kind: "return" | "bury", member: string, value: string | number): void => {
    pending.push(unawaited(kind, member, value));
    schedule();
  };

  const ahead = createAheadClaims((leased) => {
    giveBack(leased);
    settleNow();
  });

  /** Beside whatever is on its way: who looks at the queue next must not overtake it. */
  const settleNow = (): void => void run(pending.splice(0, batchSize), []);

  /** While claims wait: for the marker, and for what time will bring. */
  const listen = (): void => {
    if (waiting.size > 0) {
      doorbell.listen();
      nextChange.wait();
    } else nextChange.stopWaiting();
  };

  const quietlyWaiting = (): WaitingClaim | null => {
    for (const claim of waiting) if (!beingAsked.has(claim) && !unasked.has(claim)) return claim;
    return null;
  };

  const lookAgain = (): void => {
    isRung = true;
    ask();
  };

  return {
    claimNext() {
      if (waiting.size === 0) return false;
      lookAgain();
      return true;
    },
    claimByAdding(entry, add) {
      // Only a call that claims knows of limits.
      const claim = isLimited ? null : quietlyWaiting();
      if (!claim) return null;
      const token = nextToken();
      const leased = [{ entry, member: `${token}|${entry.taskId}` }];
      const { leaseMs } = claim.request;
      let isDoubtful = false;
      beingAsked.add(claim);
      const adding = add({
        token,
        leaseUs: microseconds(leaseMs),
        onLate: (isClaimed) => giveBack(isClaimed ? leased : []),
        onDoubt: () => {
          isDoubtful = true;
        },
      }).then(
        (isClaimed) => {
          if (isClaimed) giveBack(distribute(leased, [claim]));
          else lookAgain();
        },
        (error: unknown) => {
          if (isDoubtful) doubtful.add(token, [], leaseMs);
          lookAgain();
          throw error;
        },
      );
      const call = adding
        .catch(() => {})
        .finally(() => {
          onTheWay.delete(call);
          beingAsked.delete(claim);
          if (unasked.size > 0) schedule();
        });
      onTheWay.add(call);
      return adding;
    },
    claim(request) {
      const claim = createWaitingClaim(request, (ended) => {
        waiting.delete(ended);
        unasked.delete(ended);
      });
      const leased = ahead.take(request.limit, request.leaseMs);
      if (leased.length > 0) {
        claim.answer(leased);
        return claim;
      }
      waiting.add(claim);
      if (isQuiet && request.waitMs > 0) {
        claim.wait();
        listen();
      } else ask();
      return claim;
    },
    settle(settlement) {
      pending.push(settlement);
      schedule();
    },
    releaseAhead: ahead.release,
    async idle() {
      // What a call on its way brings may have to be given back by another; what others begin meanwhile is theirs.
      for (let round = 0; round < 3 && (onTheWay.size > 0 || isScheduled || pending.length > 0); round += 1) {
        await Promise.all(onTheWay);
        await nextTurn();
      }
      const left = doubtful.take();
      if (left.length > 0) await run(left, []);
    },
    close() {
      nextChange.stopWaiting();
      doorbell.close();
    },
  };
}
