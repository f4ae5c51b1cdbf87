import type { LifecycleEvents } from "../../events/lifecycle-events.js";
import type { CleanupStack } from "../../lifecycle/cleanup-stack.js";
import type { Clock } from "../../ports/clock.js";
import type { CodeHost } from "../../ports/code-host.js";
import type { Conversation } from "../../ports/conversation.js";
import type { Logger } from "../../ports/logger.js";
import type { Metrics } from "../../ports/metrics.js";
import type { Lease } from "../../task/lease.js";
import type { Task } from "../../task/task.js";
import type { StatusComment } from "../status/status-comment.js";
import type { WorkerParts } from "../worker-parts.js";
import type { AllowedAttempts } from "./allowed-attempts.js";
import type { PerformEffect } from "./perform-effect.js";
import type { RunBooks } from "./run-books.js";
import type { HeldRun } from "./stop-reason.js";
import type { TranscriptWriter } from "./transcript-writer.js";

/** What the stages of one run share. */
export interface RunContext extends HeldRun {
  readonly task: Task;
  readonly lease: Lease;
  /** Aborts when the lease is lost, a stop was asked for, or the worker shuts down; its reason says which. */
  readonly signal: AbortSignal;
  /** Aborts only when the lease is lost: the end of a stopped run is still told and stored. */
  readonly leaseSignal: AbortSignal;
  readonly parts: WorkerParts;
  /** The code host of the task's repository. */
  readonly codeHost: CodeHost;
  /** The conversation it was asked in. */
  readonly conversation: Conversation;
  readonly status: StatusComment;
  readonly perform: PerformEffect;
  readonly books: RunBooks;
  readonly attempts: AllowedAttempts;
  readonly transcript: TranscriptWriter;
  /** Releases what the run acquired, whatever its end. */
  readonly cleanup: CleanupStack;
  readonly events: LifecycleEvents;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly logger: Logger;
}
