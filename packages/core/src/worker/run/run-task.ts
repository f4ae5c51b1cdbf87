import { type CleanupStack, createCleanupStack } from "../../lifecycle/cleanup-stack.js";
import type { EffectLedger } from "../../ports/effect-ledger.js";
import type { Logger } from "../../ports/logger.js";
import type { Settlement, TaskStore } from "../../ports/task-store.js";
import type { Lease } from "../../task/lease.js";
import type { Task } from "../../task/task.js";
import { runPipeline } from "../pipeline.js";
import { branchEffect } from "../stages/publish-result.js";
import { createStatusComment } from "../status/status-comment.js";
import type { WorkerParts } from "../worker-parts.js";
import { createAllowedAttempts } from "./allowed-attempts.js";
import type { BegunTask } from "./begun-task.js";
import { holdRun } from "./hold-run.js";
import { createPerformEffect } from "./perform-effect.js";
import { createRunBooks } from "./run-books.js";
import type { RunContext } from "./run-context.js";
import { settleFailure } from "./settle-failure.js";
import type { HeldRun } from "./stop-reason.js";
import { createTranscriptWriter } from "./transcript-writer.js";

/**
 * One run of a task, from begun to settled: the lease is held, the pipeline runs, and whatever it acquired is released.
 * Null when the lease was lost: then somebody else settles it.
 */
export async function runTask(begun: BegunTask, parts: WorkerParts): Promise<Settlement | null> {
  const { task, lease } = begun;
  const logger = parts.logger.child({ taskId: task.id, attempt: task.attempt });
  const conversation = parts.providers.get(task.origin.provider)?.conversation;
  const codeHost = parts.providers.get(task.repository.provider)?.codeHost;
  if (!conversation || !codeHost) return parkUnserved(task, lease, parts.store.tasks, logger);

  const wasPublishing = await hasBegunToPublish(task, parts.store.effects);
  const holding = createCleanupStack();
  try {
    const context = createContext({ ...begun, wasPublishing }, parts, { conversation, codeHost, logger, holding });
    const { transcript, clock } = context;
    const data = { attempt: task.attempt, agent: parts.agent.name };
    transcript.write({ type: "task:begun", at: clock.now(), data });
    return await runPipeline({ task }, context).catch((error: unknown) => settleFailure(error, context));
  } finally {
    await holding.run().catch((error: unknown) => logger.warn({ err: error }, "A run could not be cleaned up fully"));
  }
}

/** What a run works with beside the worker's parts. */
interface RunParts extends Pick<RunContext, "conversation" | "codeHost" | "logger"> {
  readonly holding: CleanupStack;
}

/** Is something of the change at the code host, or may it be? */
async function hasBegunToPublish({ id, fence }: Task, effects: EffectLedger): Promise<boolean> {
  if (fence === 1) return false;
  return (await effects.list(id)).some(({ kind }) => kind === branchEffect);
}

/** Holds the task and makes what its stages share; `holding` releases it all, last in first out. */
function createContext(
  begun: BegunTask & Pick<HeldRun, "wasPublishing">,
  parts: WorkerParts,
  runParts: RunParts,
): RunContext {
  const { task, lease } = begun;
  const { store, pubSub, clock, outages, events, metrics, tracer, settings } = parts;
  const { conversation, codeHost, logger, holding } = runParts;
  const signals = holdRun(begun, parts, { logger, holding });
  const { leaseSignal, assertHeld } = signals;
  const transcript = createTranscriptWriter(
    { transcript: store.transcript, pubSub, clock, logger, outages, leaseSignal },
    lease,
  );
  holding.push(() => transcript.close());
  const cleanup = createCleanupStack();
  holding.push(() => cleanup.run());

  const perform = createPerformEffect(
    { ledger: store.effects, lease, clock, signal: leaseSignal, recheckDelayMs: settings.effectRecheckMs },
    { events, metrics, tracer, assertHeld },
  );
  const { botName, effectRecheckMs: recheckDelayMs } = settings;
  const status = createStatusComment({
    ...{ task, botName, conversation, perform, clock, recheckDelayMs, logger },
    ...signals,
  });
  return {
    ...signals,
    ...{ task, lease, parts, codeHost, conversation, status, perform },
    books: createRunBooks(store.budgets, lease),
    attempts: createAllowedAttempts(settings.maxAttempts),
    ...{ transcript, cleanup, events, metrics, clock, logger },
  };
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
