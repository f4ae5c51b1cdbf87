import type { Lease } from "../task/lease.js";
import type { Page, PageRequest } from "../task/page.js";
import type { Task, TaskEnd, TaskStatus, TaskSummary } from "../task/task.js";
import type { TaskTrigger } from "../task/task-draft.js";
import type { QueueEntry } from "./task-queue.js";

/** The result of {@link TaskStore.begin}. Only `begun` allows work. */
export type BeginResult =
  | { readonly status: "begun"; readonly task: Task; readonly lease: Lease }
  /** An earlier task of its thread is not final, unless it is passed, or a later one that has passed it is running. */
  | { readonly status: "blocked"; readonly byTaskId: string }
  /** In back-off or parked: try again after `retryInMs`. `isPassed`: for its quota, so that later tasks of its thread pass it. */
  | { readonly status: "waiting"; readonly retryInMs: number; readonly isPassed: boolean }
  /** Running under a lease that ends in `retryInMs`, unless it is extended or the task ends before. */
  | { readonly status: "held"; readonly retryInMs: number }
  /** Already final: nothing to do. */
  | { readonly status: "final"; readonly taskStatus: TaskStatus }
  /** Its stored record cannot be read: it has been ended as failed, for this reason. */
  | { readonly status: "unreadable"; readonly reason: string; readonly explanation: string }
  | { readonly status: "unknown" };

/** The result of {@link TaskStore.heartbeat}. `cancel`: still held, but a stop was requested. */
export type HeartbeatResult = "held" | "lost" | "cancel";

/** How a run ends its hold on a task. */
export type Settlement =
  | TaskEnd
  | {
      readonly status: "queued";
      /** `retry` used an attempt; `released` (a shutdown) and `parked` (e.g. no budget left today) did not. */
      readonly cause: "retry" | "released" | "parked";
      readonly reason: string;
      readonly delayMs: number;
    };

/** The result of {@link TaskStore.reopen}. */
export type ReopenResult =
  | { readonly status: "reopened"; readonly entry: QueueEntry }
  /** Not final yet, or succeeded: there is nothing to repeat. */
  | { readonly status: "refused"; readonly taskStatus: TaskStatus }
  /** The installation of its origin, or of its repository, is suspended or deleted. */
  | { readonly status: "inactive" }
  | { readonly status: "unknown" };

/** Which tasks to list; every given field must match. */
export interface TaskSearch extends PageRequest {
  /** The task's status. */
  readonly status?: TaskStatus;
  /** The provider of its origin. */
  readonly provider?: string;
  /** The repository's path, such as `owner/name`, in any case. */
  readonly repository?: string;
  /** The kind of event that started it. */
  readonly trigger?: TaskTrigger;
  /** The login of the actor, in any case. */
  readonly actor?: string;
  /** The thread it belongs to. */
  readonly threadId?: string;
  /**
   * Words, or what they begin with, of the title or the instruction, in any case; each must be there. A word is a run of
   * letters and digits: `src/app.ts` is three. Without a word it finds nothing, unless it is blank.
   */
  readonly text?: string;
}

/**
 * Tasks: where attempt, fence and lease live. Times are the store's own clock.
 *
 * `settle` throws AgentBotError `LEASE_LOST` when the lease's fence is no longer the newest or the task is not running;
 * every method throws `STORE_UNAVAILABLE` when the store cannot be reached.
 */
export interface TaskStore {
  /**
   * Takes a queued task, or one whose lease has ended: checks the thread's order, raises fence and attempt, sets `running`
   * and the lease, all at once. Of any number of callers one gets `begun`.
   */
  begin(taskId: string, options: { readonly leaseMs: number; readonly agent: string }): Promise<BeginResult>;
  /** Extends the lease. */
  heartbeat(lease: Lease, leaseMs: number): Promise<HeartbeatResult>;
  /** Ends the run: the task is final, or queued again. */
  settle(lease: Lease, settlement: Settlement): Promise<void>;
  /**
   * Queues a failed or cancelled task again, last in its thread, with attempts and back-off reset and an event in its
   * transcript. Spending, effects and session stay, so that nothing is published twice. A finished checkpoint of work that
   * succeeded stays, to be published without another run; any other is deleted.
   */
  reopen(taskId: string): Promise<ReopenResult>;
  /** Returns a task, or null. */
  find(taskId: string): Promise<Task | null>;
  /** Newest first. */
  search(search: TaskSearch): Promise<Page<TaskSummary>>;
}
