/** What the queue knows of a task: enough to order and wake, never enough to decide. The store decides. */
export interface QueueEntry {
  readonly taskId: string;
  /** Entries of one thread are claimed one at a time, in the order they were enqueued. */
  readonly threadId: string;
  /** Lower is claimed first. */
  readonly priority: number;
  readonly installationId: string;
  /** The code host's id of the repository. */
  readonly repositoryId: string;
  /** Not claimed before so many milliseconds from now; 0 for at once. */
  readonly delayMs: number;
}

/** An entry held by this worker until its queue lease ends. It carries its own authority: no token to pass around. */
export interface ClaimedEntry {
  readonly entry: QueueEntry;
  /** Holds it for another `leaseMs`. False when it is no longer ours. */
  extend(leaseMs: number): Promise<boolean>;
  /** Takes it out for good and lets the thread's next entry go. */
  complete(): Promise<void>;
  /** Gives it back to its old place, not to be claimed before `delayMs`; its thread stays blocked until then. */
  release(delayMs: number): Promise<void>;
  /** Puts it aside with a reason, where nothing claims it, and lets the thread's next entry go. */
  bury(reason: string): Promise<void>;
}

/** What {@link TaskQueue.claim} is asked for. */
export interface ClaimRequest {
  /** At most so many entries. */
  readonly limit: number;
  /** How long the claimed entries are ours without an `extend`, in milliseconds. */
  readonly leaseMs: number;
  /** Waits so long for a first entry, in milliseconds; 0 answers at once. */
  readonly waitMs: number;
  readonly signal: AbortSignal;
}

/** Counts of a queue's entries. */
export interface QueueStats {
  /** Claimable now, or as soon as their thread is free. */
  readonly waiting: number;
  /** Waiting for their time. */
  readonly delayed: number;
  /** Held by workers. */
  readonly claimed: number;
  /** Put aside by `bury`. */
  readonly buried: number;
  /** How long the oldest waiting entry has waited, in milliseconds; null when none waits. */
  readonly oldestWaitingMs: number | null;
}

/**
 * Orders tasks and wakes workers. It is an index that can be rebuilt from the store at any time: losing it loses nothing.
 * Lower priority first, first in first out within one, one entry of a thread at a time.
 *
 * Every method throws AgentBotError `QUEUE_UNAVAILABLE` when the queue cannot be reached.
 */
export interface TaskQueue {
  /**
   * True when an entry is its task's own row in the store, which nothing can lose apart from the task: there is nothing to
   * rebuild. Absent for an index that may be lost.
   */
  readonly livesInStore?: true;
  /**
   * Adds entries; one whose task is waiting, delayed or claimed is left as it is, so repeating is harmless. A buried one
   * comes back as a new one: its task was put back in line.
   */
  enqueue(entries: readonly QueueEntry[]): Promise<void>;
  /** Claims what is due; an empty array when nothing came in time or the signal aborted. */
  claim(request: ClaimRequest): Promise<readonly ClaimedEntry[]>;
  /** Takes a waiting, delayed or buried entry out. False when it is unknown or claimed. */
  cancel(taskId: string): Promise<boolean>;
  stats(): Promise<QueueStats>;
  /** Ends waiting claims with an empty answer; later calls return the same promise. */
  close(): Promise<void>;
}
