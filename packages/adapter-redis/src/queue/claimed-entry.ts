import type { ClaimedEntry } from "@agentbot/core";
import type { EntrySettlement } from "./cycle/entry-settlement.js";
import type { LeasedEntry } from "./cycle/leased-entry.js";
import type { WorkCycle } from "./cycle/work-cycle.js";
import { microseconds } from "./microseconds.js";

/** Enough to say why; a whole log does not belong in Redis. */
const maxReasonLength = 500;

/** The holder's side of a leased entry. The lease is the authority; Redis decides whether it still stands. */
export function claimedEntry({ entry, member }: LeasedEntry, cycle: WorkCycle): ClaimedEntry {
  const { threadId } = entry;
  let givenUp: Promise<void> | null = null;

  // What was given up once is given up: only a failure to say so can be tried again.
  const giveUp = (kind: EntrySettlement["kind"], value: string | number): Promise<void> => {
    givenUp ??= new Promise((onSettled, onFailed) => {
      const resolve = (): void => onSettled();
      const reject = (error: unknown): void => {
        givenUp = null;
        onFailed(error);
      };
      cycle.settle({ kind, member, threadId, value, resolve, reject });
    });
    return givenUp;
  };

  return {
    entry,
    extend: (leaseMs) =>
      new Promise((resolve, reject) => {
        cycle.settle({ kind: "extend", member, threadId, value: microseconds(leaseMs), resolve, reject });
      }),
    complete: () => giveUp("complete", 0),
    release: (delayMs) => giveUp("retry", microseconds(delayMs)),
    bury: (reason) => giveUp("bury", reason.slice(0, maxReasonLength)),
  };
}
