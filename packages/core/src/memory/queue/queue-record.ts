import type { QueueEntry } from "../../ports/task-queue.js";

/** Where an entry is. A claimed entry stays in its lane: nothing behind it moves until it leaves. */
export type QueueRecordState = "waiting" | "delayed" | "claimed" | "buried";

/** One entry of the memory queue. */
export interface QueueRecord {
  readonly entry: QueueEntry;
  /** Lower is claimed first: set once, so that a released entry returns to its old place. */
  readonly rank: number;
  /** Breaks ties between equal ranks, first in first out. */
  readonly sequence: number;
  state: QueueRecordState;
  /** When it becomes due while delayed, when its lease ends while claimed: milliseconds since the epoch. */
  untilMs: number;
  /** The start of its waiting, in milliseconds since the epoch. */
  waitingSinceMs: number;
  /** The authority of its present holder; a new object for each claim. */
  claim: object | null;
  /** Its neighbours in the lane. */
  previous: QueueRecord | null;
  next: QueueRecord | null;
}

/** Returns true if `one` is claimed before `other`. */
export function ranksBefore(one: QueueRecord, other: QueueRecord): boolean {
  return one.rank === other.rank ? one.sequence < other.sequence : one.rank < other.rank;
}

/** Returns true if the time of `one` comes before that of `other`. */
export function endsBefore(one: QueueRecord, other: QueueRecord): boolean {
  return one.untilMs < other.untilMs;
}
