import { AgentBotError } from "../../errors/agentbot-error.js";
import { createCleanupStack } from "../../lifecycle/cleanup-stack.js";
import type { ClaimedEntry } from "../../ports/task-queue.js";
import type { Settlement } from "../../ports/task-store.js";
import type { WebhookProvider } from "../../ports/webhook-provider.js";
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
  /** Aborts when the worker's grace period is over. */
  readonly shutdownSignal: AbortSignal;
}

/**
 * One run of a task, from begun to settled: the lease is held, the pipeline runs, and whatever it acquired is released.
 * Null when the lease was lost: then somebody else settles it.
 */
export async function runTask(begun: BegunTask, parts: WorkerParts): Promise<Settlement | null> {
  const { task, lease, entry, shutdownSignal } = begun;
  const logger = parts.logger.child({ taskId: task.id, attempt: task.attempt });
  const run = new AbortController();
  const leaseLoss = new AbortController();
  const cleanup = createCleanupStack();

  const stop = (reason: StopReason): void => {
    if (reason === "lease-lost") leaseLoss.abort(new RunStopped(reason));
    run.abort(new RunStopped(reason));
  };
  const shutDown = (): void => stop("shutting-down");
  shutdownSignal.addEventListener("abort", shutDown, { once: true });
  cleanup.push(() => shutdownSignal.removeEventListener("abort", shutDown));
  if (shutdownSignal.aborted) shutDown();

  const { store, wakeups, clock, events, metrics, settings } = parts;
  const held = holdLease({ lease, leaseMs: settings.leaseMs, tasks: store.tasks, entry, clock, logger, onStop: stop });
  cleanup.push(() => held.release());
  cleanup.push(wakeups.subscribe(`task:${task.id}:stop`, () => held.beatNow()));
  const transcript = createTranscriptWriter({ transcript: store.transcript, wakeups, logger }, lease);
  cleanup.push(() => transcript.close());

  const perform = createPerformEffect(
    { ledger: store.effects, lease, clock, signal: leaseLoss.signal, recheckDelayMs: settings.effectRecheckMs },
    { events, metrics },
  );
  try {
    const { conversation } = providerOf(task.origin.provider, parts);
    const signals = { signal: run.signal, leaseSignal: leaseLoss.signal };
    const context: RunContext = {
      task,
      lease,
      signal: run.signal,
      parts,
      codeHost: codeHostOf(task, parts),
      status: createStatusComment({ task, botName: settings.botName, conversation, perform, logger, ...signals }),
      perform,
      transcript,
      cleanup,
      events,
      metrics,
      clock,
      logger,
    };
    transcript.write({ type: "task:begun", at: clock.now(), data: { attempt: task.attempt, agent: parts.agent.name } });
    return await runPipeline({ task }, context).catch((error: unknown) => settleFailure(error, context));
  } finally {
    await cleanup.run().catch((error: unknown) => logger.warn({ err: error }, "A run could not be cleaned up fully"));
  }
}

function providerOf(name: string, { providers }: WorkerParts): WebhookProvider {
  const provider = providers.get(name);
  if (provider) return provider;
  throw new AgentBotError(
    "PROVIDER_UNKNOWN",
    `No provider named ${name} is configured on this worker; add it and retry the task.`,
  );
}

function codeHostOf(task: Task, parts: WorkerParts): RunContext["codeHost"] {
  const { codeHost, name } = providerOf(task.repository.provider, parts);
  if (codeHost) return codeHost;
  throw new AgentBotError(
    "PROVIDER_UNKNOWN",
    `The provider ${name} holds no repositories; configure a code host and retry the task.`,
  );
}
