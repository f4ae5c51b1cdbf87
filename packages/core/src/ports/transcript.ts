import type { Lease } from "../task/lease.js";
import type { TaskEvent, TaskEventDraft } from "../task/task-event.js";

/** The events of each task. `append` throws AgentBotError `LEASE_LOST` under an old fence. */
export interface Transcript {
  /** Adds events in order; returns the seq of the last one. */
  append(lease: Lease, events: readonly TaskEventDraft[]): Promise<number>;
  /** Returns the events after `afterSeq` (0 for all), in order, at most `limit`. */
  read(taskId: string, range: { readonly afterSeq: number; readonly limit: number }): Promise<readonly TaskEvent[]>;
  /** Returns the events of `stepEventTypes` of several tasks, in order, at most the last `limit` of each; a task without any is absent. */
  steps(taskIds: readonly string[], limit: number): Promise<ReadonlyMap<string, readonly TaskEvent[]>>;
  /**
   * Deletes the events of tasks that ended more than `olderThanMs` ago, at most `limit` events; returns how many. More may
   * be left if the result is `limit`.
   */
  prune(retention: { readonly olderThanMs: number; readonly limit: number }): Promise<number>;
}
