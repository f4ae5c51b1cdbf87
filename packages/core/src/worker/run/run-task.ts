import { createCleanupStack } from "../../lifecycle/cleanup-stack.js";
import type { Logger } from "../../ports/logger.js";
import type { ClaimedEntry } from "../../ports/task-queue.js";
import type { Settlement, TaskStore } from "../../ports/task-store.js";
import type { Lease } from "../../task/lease.js";
import type { Task } from "../../task/task.js";
import { runPipeline } from "../pipeline.js";
import { createStatusComment } from "../status/status-comment.js";
import type { WorkerParts } from "../worker-parts.js";
import { holdLease } from "./hold-lease.js";
import { createPerformEffect } from "./perform-effect.js";
import type { RunContext } from "./run-context.js";
import { settleFailure } from "./settle-failure.js";
import { RunStopped, type StopReason } from "./stop-reason.js";
import { createTranscriptWriter } from "./transcript-writer.js";

/** A begun task with everything that holds it. */
export interface BegunTask {
  readonly task: Task;
  readonly lease: Lease;
  readonly entry: ClaimedEntry;
  /** When it was begun, by `performance.now()` just before the store was asked. */
  readonly askedAtMs: number;
  /** Aborts when the worker's grace period is over. */
  readonly shutdownSignal: AbortSignal;
}

/**
 * One run of a task, from begun to settled: the lease is held, the pipeline runs, and whatever it acquired is released.
 * Null when the lease was lost: then somebody else settles it.
 */
export async function runTask(begun: BegunTask, parts: WorkerParts): Promise<Settlement | null> {
  const { task, lease, entry, askedAtMs, shutdownSignal } = begun;
  const { store, wakeups, clock, events, metrics, settings } = parts;
  const logger = parts.logger.child({ taskId: task.id, attempt: task.attempt });
  const conversation = parts.providers.get(task.origin.provider)?.conversation;
  const codeHost = parts.providers.get(task.repository.provider)?.codeHost;
  if (!conversation || !codeHost) return parkUnserved(task, lease, store.tasks, logger);

  const stopped = new AbortController();
  const leaseLost = new AbortController();
  const stop = (reason: StopReason): void => {
    if (reason === "lease-lost") leaseLost.abort(new RunStopped(reason));
    stopped.abort(new RunStopped(reason));
  };
  const holding = createCleanupStack();
  const shutDown = (): void => stop("shutting-down");
  shutdownSignal.addEventListener("abort", shutDown, { once: true });
  holding.push(() => shutdownSignal.removeEventListener("abort", shutDown));
  if (shutdownSignal.aborted) shutDown();
  const { leaseMs } = settings;
  const held = holdLease({ lease, leaseMs, askedAtMs, tasks: store.tasks, entry, clock, logger, onStop: stop });
  holding.push(() => held.release());
  holding.push(wakeups.subscribe(`task:${task.id}:stop`, () => held.beatNow()));
  const signals = { signal: stopped.signal, leaseSignal: leaseLost.signal };
  const { leaseSignal } = signals;
  const transcript = createTranscriptWriter({ transcript: store.transcript, wakeups, logger, leaseSignal }, lease);
  holding.push(() => transcript.close());
  const cleanup = createCleanupStack();
  holding.push(() => cleanup.run());

  const perform = createPerformEffect(
    { ledger: store.effects, lease, clock, signal: leaseSignal, recheckDelayMs: settings.effectRecheckMs },
    { events, metrics },
  );
  const { botName } = settings;
  const status = createStatusComment({ task, botName, conversation, perform, logger, ...signals });
  const context: RunContext = {
    ...signals,
    ...{ task, lease, parts, codeHost, conversation, status, perform },
    ...{ transcript, cleanup, events, metrics, clock, logger },
  };
  transcript.write({ type: "task:begun", at: clock.now(), data: { attempt: task.attempt, agent: parts.agent.name } });
  try {
    return await runPipeline({ task }, context).catch((error: unknown) => settleFailure(error, context));
  } finally {
    await holding.run().catch((error: unknown) => logger.warn({ err: error }, "A run could not be cleaned up fully"));
  }
}

/** How long a task waits for a worker that knows its provider, in milliseconds. */
const unservedRetryMs = 60_000;

/** A worker that lacks a task's provider is misconfigured; that must not fail the task. */
async function parkUnserved(task: Task, lease: Lease, tasks: TaskStore, logger: Logger): Promise<Settlement> {
  const { origin, repository } = task;
  logger.error(
    { origin: origin.provider, repository: repository.provider },
    "This worker lacks the task's provider; configure it here, or let another worker take the task",
  );
  const reason = "provider_not_configured";
  const settlement: Settlement = { status: "queued", cause: "parked", reason, delayMs: unservedRetryMs };
  await tasks.settle(lease, settlement);
  return settlement;
}
