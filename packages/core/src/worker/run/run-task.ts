import { type CleanupStack, createCleanupStack } from "../../lifecycle/cleanup-stack.js";
import type { Conversation } from "../../ports/conversation.js";
import type { Settlement } from "../../ports/task-store.js";
import { createAttempts } from "../attempts.js";
import { runPipeline } from "../pipeline.js";
import { settleFailure } from "../settle.js";
import { hasBegunToPublish } from "../stages/publish-result.js";
import { createTaskStatus } from "../status/task-status.js";
import type { WorkerDeps } from "../worker-deps.js";
import { type BegunTask, type HeldRun, holdRun } from "./hold-run.js";
import { createPerformEffect } from "./perform-effect.js";
import type { RunContext } from "./run-context.js";
import { createRunSpending } from "./run-spending.js";
import { createTranscriptWriter } from "./transcript-writer.js";

/**
 * One run of a task, from begun to settled: holds the lease, runs the pipeline, and releases whatever it acquired. Returns
 * null if the lease was lost: then another worker settles the task.
 */
export async function runTask(begun: BegunTask, workerDeps: WorkerDeps): Promise<Settlement | null> {
  const { task } = begun;
  const logger = workerDeps.logger.child({ taskId: task.id, attempt: task.attempt });
  const deps = { ...workerDeps, logger };
  const conversation = deps.providers.get(task.origin.provider)?.conversation;
  if (!conversation) return await parkUnserved(begun, deps);

  const wasPublishing = await hasBegunToPublish(task, deps.store.effects);
  const holding = createCleanupStack();
  try {
    const held = holdRun({ ...begun, wasPublishing }, deps, holding);
    const context = createContext(begun, held, deps, conversation, holding);
    const data = { attempt: task.attempt, agent: deps.agent.name };
    context.transcript.write({ type: "task:begun", at: deps.clock.now(), data });
    return await runPipeline({ task }, context).catch((error: unknown) => settleFailure(error, context));
  } finally {
    await holding.run().catch((error: unknown) => logger.warn({ err: error }, "A run could not be cleaned up fully"));
  }
}

/** Creates what the stages share; `holding` releases it, last in first out. */
function createContext(
  { task, lease }: BegunTask,
  held: HeldRun,
  deps: WorkerDeps,
  conversation: Conversation,
  holding: CleanupStack,
): RunContext {
  const { store, clock, settings } = deps;
  const { leaseSignal, assertHeld } = held;
  const transcript = createTranscriptWriter({ ...deps, transcript: store.transcript, leaseSignal }, lease);
  holding.push(() => transcript.close());
  const cleanup = createCleanupStack();
  holding.push(() => cleanup.run());

  const recheckDelayMs = settings.effectRecheckMs;
  const perform = createPerformEffect(
    { ledger: store.effects, lease, clock, signal: leaseSignal, recheckDelayMs },
    { ...deps, assertHeld },
  );
  const { botName } = settings;
  const { logger } = deps;
  const status = createTaskStatus({ ...held, task, botName, conversation, perform, clock, recheckDelayMs, logger });
  return {
    ...held,
    ...{ task, lease, deps, conversation, status, perform, transcript, cleanup },
    spending: createRunSpending(store.budgets, lease),
    attempts: createAttempts(settings.maxAttempts),
  };
}

/** How long a task waits for a worker that has its provider, in milliseconds. */
const unservedRetryMs = 60_000;

/** A worker that lacks the provider in whose thread the task was requested is misconfigured; that must not fail the task. */
async function parkUnserved({ task, lease }: BegunTask, { store, logger }: WorkerDeps): Promise<Settlement> {
  const { provider } = task.origin;
  logger.error(
    { provider },
    "This worker lacks the task's provider; configure it here, or let another worker take the task",
  );
  const reason = "provider_not_configured";
  const settlement: Settlement = { status: "queued", cause: "parked", reason, delayMs: unservedRetryMs };
  await store.tasks.settle(lease, settlement);
  return settlement;
}
