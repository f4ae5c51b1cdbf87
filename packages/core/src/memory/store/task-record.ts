import type { Effect } from "../../ports/effect-ledger.js";
import type { QueueEntry } from "../../ports/task-queue.js";
import type { Checkpoint } from "../../task/checkpoint.js";
import type { Task } from "../../task/task.js";
import type { TaskEvent, TaskEventDraft } from "../../task/task-event.js";

/** Money set aside for a task, in millionths of a dollar, under each scope. */
export interface Reservation {
  readonly micros: number;
  readonly scopes: ReadonlySet<string>;
}

/** Everything the memory store knows of one task. `task` is replaced, never changed in place. */
export interface TaskRecord {
  task: Task;
  /** The place in arrival order; the pages' key. Reopening gives a new one. */
  ordinal: number;
  /** When the running worker's lease ends, in milliseconds since the epoch; null while nobody runs it. */
  leaseUntilMs: number | null;
  /** How often a release gave the attempt back. */
  releaseCount: number;
  reservation: Reservation | null;
  checkpoint: Checkpoint | null;
  readonly effects: Map<string, Effect>;
  readonly events: TaskEvent[];
}

/** Adds a line to a task's transcript. */
export function appendEvent({ events }: TaskRecord, draft: TaskEventDraft): void {
  events.push({ seq: events.length + 1, ...structuredClone(draft) });
}

/** A task's entry in the queue, due when the task is. */
export function queueEntry({ task }: TaskRecord, nowMs: number): QueueEntry {
  return {
    taskId: task.id,
    threadId: task.threadId,
    priority: task.priority,
    installationId: task.installationId,
    repositoryId: task.repository.id,
    delayMs: Math.max(0, (task.notBefore?.getTime() ?? 0) - nowMs),
  };
}
