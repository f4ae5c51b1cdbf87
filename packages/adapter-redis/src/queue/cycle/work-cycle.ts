import type { ClaimRequest, QueueEntry } from "@agentbot/core";
import type { EntrySettlement } from "./entry-settlement.js";
import type { WaitingClaim } from "./waiting-claim.js";

/** Adds an entry, claimed by this lease if it can be; resolves to whether it was. See `ScriptRun` for the rest. */
export type AddUnderLease = (lease: {
  readonly token: string;
  readonly leaseUs: number;
  readonly onLate: (isClaimed: boolean) => void;
  readonly onDoubt: () => void;
}) => Promise<boolean>;

/**
 * All claims and settlements of this process. One call is on its way at a time, and what comes meanwhile rides on the next;
 * of what is much a second one is under way beside it, so that Redis works on one while this process works on the other.
 */
export interface WorkCycle {
  claim(request: ClaimRequest): WaitingClaim;
  settle(settlement: EntrySettlement): void;
  /**
   * Something is about to be added: if claims wait here, they are asked for next, which also sets the marker for others
   * when more came than they took. False when nobody waits here.
   */
  claimNext(): boolean;
  /**
   * Where a claim waits here that no call asks for: adds an entry by a call that may claim it at once, for that claim. Null
   * where none does.
   */
  claimByAdding(entry: QueueEntry, add: AddUnderLease): Promise<void> | null;
  /** Gives back what was claimed ahead, so that who looks now sees it where it belongs. */
  releaseAhead(): void;
  /** Resolves when what is on its way is there and given back. */
  idle(): Promise<void>;
  close(): void;
}
