import type { CleanupStack } from "../../lifecycle/cleanup-stack.js";
import type { Conversation } from "../../ports/conversation.js";
import type { Lease } from "../../task/lease.js";
import type { Task } from "../../task/task.js";
import type { Attempts } from "../attempts.js";
import type { TaskStatusMessage } from "../status/task-status.js";
import type { WorkerDeps } from "../worker-deps.js";
import type { HeldRun } from "./hold-run.js";
import type { PerformEffect } from "./perform-effect.js";
import type { RunSpending } from "./run-spending.js";
import type { TranscriptWriter } from "./transcript-writer.js";

/** What the stages of one run share. */
export interface RunContext extends HeldRun {
  /** The task as it was begun. */
  readonly task: Task;
  readonly lease: Lease;
  /** The worker's; its logger is the run's. */
  readonly deps: WorkerDeps;
  /** The conversation in which the task was requested. */
  readonly conversation: Conversation;
  readonly status: TaskStatusMessage;
  readonly perform: PerformEffect;
  readonly spending: RunSpending;
  readonly attempts: Attempts;
  readonly transcript: TranscriptWriter;
  /** Releases what the run acquired, whatever its end. */
  readonly cleanup: CleanupStack;
}
