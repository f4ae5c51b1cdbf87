import type { ClaimedEntry } from "@agentbot/core";
import type { EntrySettlement } from "./cycle/entry-settlement.js";
import type { LeasedEntry } from "./cycle/leased-entry.js";
import type { WorkCycle } from "./cycle/work-cycle.js";

/** The holder's side of a leased entry. The lease is the authority; Redis decides whether it still stands. */
export function claimedEntry({ entry, member }: LeasedEntry, cycle: WorkCycle): ClaimedEntry {
  let givenUp: Promise<boolean> | null = null;

  const settle = (kind: EntrySettlement["kind"], value: string | number): Promise<boolean> =>
    new Promise((resolve, reject) => {
      cycle.settle({ kind, member, threadId: entry.threadId, value, resolve, reject });
    });

  // What was given up once is given up: only a failure to say so can be tried again.
  const giveUp = async (kind: EntrySettlement["kind"], value: string | number): Promise<void> => {
    if (givenUp) return void (await givenUp);
    givenUp = settle(kind, value);
    try {
      await givenUp;
    } catch (error) {
      givenUp = null;
      throw error;
    }
  };

  return {
    entry,
    extend: (leaseMs) => settle("extend", Math.round(leaseMs * 1000)),
    complete: () => giveUp("complete", 0),
    retry: (delayMs) => giveUp("retry", Math.round(delayMs * 1000)),
    bury: (reason) => giveUp("bury", reason),
  };
}
