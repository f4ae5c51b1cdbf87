/** A piece of work in the queue: enough to order it and to wake a worker, never enough to decide. The store decides. */
export interface QueueEntry {
  /** The id of the task or command. */
  readonly id: string;
  /** Tasks run an agent; commands are answered beside them. */
  readonly kind: "task" | "command";
  /**
   * Entries of one lane are claimed one at a time, in the order they were enqueued. A task's lane is its thread; commands
   * have lanes of their own, so that `stop` never waits for what it stops.
   */
  readonly lane: string;
  /** The installation that `installationConcurrency` counts by. Commands are not counted. */
  readonly installationId: string;
  /** Lower is claimed first. */
  readonly priority: number;
  /** Milliseconds from now before which the entry is not claimed; 0 for at once. */
  readonly delayMs: number;
}

/** An entry held by this worker until its queue lease ends. It carries its own authority: there is no token to pass around. */
export interface ClaimedEntry {
  /** The entry as it was enqueued. */
  readonly entry: QueueEntry;
  /** Extends the lease to `leaseMs` from now. Returns false if the entry is no longer held by this claim. */
  extend(leaseMs: number): Promise<boolean>;
  /** Removes the entry for good and frees its lane. */
  complete(): Promise<void>;
  /** Returns the entry to its old place, not to be claimed before `delayMs`; its lane stays blocked until then. */
  release(delayMs: number): Promise<void>;
  /** Sets the entry aside with a reason, where no claim finds it, and frees its lane. */
  bury(reason: string): Promise<void>;
}

/** Options of {@link TaskQueue.claim}. */
export interface ClaimRequest {
  /** Maximum number of entries. */
  readonly limit: number;
  /**
   * Claims entries of this kind only: a worker whose places for tasks are all taken still claims commands, so that `stop`
   * never waits for what it stops. @defaultValue both kinds
   */
  readonly kind?: QueueEntry["kind"];
  /** How long the claimed entries are held without an `extend`, in milliseconds. */
  readonly leaseMs: number;
  /** Maximum wait for a first entry, in milliseconds; 0 returns at once. */
  readonly waitMs: number;
  /** Ends the wait; nothing is claimed then. */
  readonly signal: AbortSignal;
}

/** Counts of a queue's entries. */
export interface QueueStats {
  /** Claimable now, or as soon as their lane is free. */
  readonly waiting: number;
  /** Waiting for their time. */
  readonly delayed: number;
  /** Held by workers. */
  readonly claimed: number;
  /** Set aside by `bury`. */
  readonly buried: number;
  /** How long the oldest waiting entry has waited, in milliseconds; null if none waits. */
  readonly oldestWaitingMs: number | null;
}

/**
 * Orders work and wakes workers. It is an index that can be rebuilt from the store at any time: losing it loses nothing.
 * Lower priority first, first in first out within one priority, one entry of a lane at a time, and at most
 * `installationConcurrency` claimed tasks of one installation where the adapter was created with that limit.
 *
 * Every method throws AgentBotError `QUEUE_UNAVAILABLE` if the queue cannot be reached.
 */
export interface TaskQueue {
  /**
   * True if an entry is its task's own row in the store, which cannot be lost apart from the task: nothing has to be
   * rebuilt. Absent for an index that may be lost.
   */
  readonly livesInStore?: true;
  /**
   * Adds entries; one that is already waiting, delayed or claimed is left as it is, so repeating is harmless. A buried one
   * becomes a new one: its task was reopened.
   */
  enqueue(entries: readonly QueueEntry[]): Promise<void>;
  /** Claims what is due; returns an empty array if nothing came in time or the signal aborted. */
  claim(request: ClaimRequest): Promise<readonly ClaimedEntry[]>;
  /** Removes a waiting, delayed or buried entry. Returns false if it is unknown or claimed. */
  cancel(id: string): Promise<boolean>;
  /** Counts the entries by their state. */
  stats(): Promise<QueueStats>;
  /** Ends waiting claims with an empty result; later calls return the same promise. */
  close(): Promise<void>;
}
