import type { QueueEntry } from "../../ports/task-queue.js";

/** Where an entry is. A claimed entry stays in its thread's line: nothing behind it moves until it leaves. */
export type QueueRecordState = "waiting" | "delayed" | "claimed" | "buried";

/** Everything the memory queue knows of one entry. */
export interface QueueRecord {
  readonly entry: QueueEntry;
  /** Lower is claimed first: set once, so that a retried entry returns to its old place. */
  readonly rank: number;
  /** Breaks ties between equal ranks, first in first out. */
  readonly sequence: number;
  state: QueueRecordState;
  /** When it becomes due while delayed, when its lease ends while claimed: milliseconds since the epoch. */
  untilMs: number;
  /** Since when it waits, in milliseconds since the epoch. */
  waitingSinceMs: number;
  /** The authority of its present holder; a new object for each claim. */
  claim: object | null;
  /** Its neighbours in the thread's line. */
  ahead: QueueRecord | null;
  behind: QueueRecord | null;
}

/** Is this one claimed before the other? */
export function ranksBefore(one: QueueRecord, other: QueueRecord): boolean {
  return one.rank === other.rank ? one.sequence < other.sequence : one.rank < other.rank;
}

/** Does this one's time come before the other's? */
export function endsBefore(one: QueueRecord, other: QueueRecord): boolean {
  return one.untilMs < other.untilMs;
}
