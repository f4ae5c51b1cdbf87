import { createCleanupStack } from "../../lifecycle/cleanup-stack.js";
import type { ClaimedEntry, TaskQueue } from "../../ports/task-queue.js";
import type { Settlement, TaskStore } from "../../ports/task-store.js";
import type { Lease } from "../../task/lease.js";
import { maxQueueDelayMs } from "../../task/queue-delay.js";
import { asideLane, quotaReason } from "../../task/queued-task.js";
import type { Task } from "../../task/task.js";
import { attributeNames, spanNames, traceFactsOf } from "../../tracing/trace-format.js";
import { runPipeline } from "../pipeline.js";
import { settleFailure } from "../settle.js";
import { hasBegunToPublish } from "../stages/publish-result.js";
import type { WorkerDeps } from "../worker-deps.js";
import { type BegunTask, holdRun } from "./hold-run.js";
import { createRunContext } from "./run-context.js";

/** Delay of an entry whose task could not be begun, in milliseconds. */
const recheckMs = 1000;
/** Maximum delay of an entry whose task another worker holds, in milliseconds: its thread waits behind it. */
const maxHeldRecheckMs = 2000;
/** How long a last attempt waits for another one in this process, in milliseconds. */
const lastAttemptWaitMs = 1000;
/** How long a task waits for a worker that has its provider, in milliseconds. */
const unservedRetryMs = 60_000;

/** Begins the task of a claimed entry, runs it, and settles the entry by the result. Never throws. */
export async function runClaimedTask(
  entry: ClaimedEntry,
  deps: WorkerDeps,
  shutdownSignal: AbortSignal,
): Promise<void> {
  const { store, queue, agent, settings, logger, outages, events, metrics, clock } = deps;
  const taskId = entry.entry.id;
  try {
    // In its thread's lane no other task of the thread runs beside it.
    const [threadId = "", passedId] = entry.entry.lane.split("/");
    if (passedId !== undefined) return await moveTo({ lane: threadId, delayMs: 0 }, entry, queue);
    const requestedAtMs = clock.monotonicMs();
    const begun = await store.tasks.begin(taskId, { leaseMs: settings.leaseMs, agent: agent.name });
    switch (begun.status) {
      case "begun": {
        const { task, lease } = begun;
        const release = deps.lastAttemptGate.tryAcquire(task);
        if (!release) return await deferLastAttempt(lease, entry, store.tasks);
        const waitedMs = clock.now().getTime() - task.createdAt.getTime();
        // Later begins count the runs before them, not a wait.
        if (task.fence === 1) metrics.observe("agentbot_task_wait_seconds", Math.max(0, waitedMs) / 1000);
        events.emit("task:begun", { task });
        const run = { task, lease, entry, requestedAtMs, shutdownSignal };
        const settlement = await runTraced(run, deps).finally(release);
        if (!settlement) return;
        countSettlement(settlement, task, deps);
        events.emit("task:settled", { taskId, settlement });
        const isPassed = settlement.status === "queued" && settlement.reason === quotaReason;
        if (isPassed) return await moveTo({ lane: asideLane(task), delayMs: settlement.delayMs }, entry, queue);
        return await settleEntry(settlement, entry);
      }
      case "blocked":
        logger.debug({ taskId, byTaskId: begun.byTaskId }, "An earlier task of the thread is not final");
        // To the end of its lane: the earlier task may have been enqueued after this one.
        return await moveTo({ delayMs: recheckMs }, entry, queue);
      case "held":
        // The queue was rebuilt while the task ran, so its end does not settle this entry.
        return await entry.release(Math.min(Math.max(begun.retryInMs, 1), maxHeldRecheckMs));
      case "waiting":
        if (!begun.isPassed) return await delay(entry, begun.retryInMs);
        return await moveTo({ lane: asideLane({ id: taskId, threadId }), delayMs: begun.retryInMs }, entry, queue);
      case "unreadable":
        logger.error({ taskId, reason: begun.reason }, begun.explanation);
        return await entry.bury(begun.reason);
      case "final":
      case "unknown":
        return await entry.complete();
    }
  } catch (error) {
    if (!outages.report(error)) {
      logger.error({ err: error, taskId }, "A claimed task could not be run or settled; it is claimed again soon");
    }
    await entry.release(recheckMs).catch(() => {});
  }
}

/** Another task has its last attempt in this process: this task keeps its own for later, or for another process. */
async function deferLastAttempt(lease: Lease, entry: ClaimedEntry, tasks: TaskStore): Promise<void> {
  const parked = { status: "queued", cause: "parked", reason: "last_attempt_waits" } as const;
  await tasks.settle(lease, { ...parked, delayMs: lastAttemptWaitMs });
  return await entry.release(lastAttemptWaitMs);
}

/** One run is one span of the trace that began with the webhook; its log lines carry the trace. */
async function runTraced(begun: BegunTask, deps: WorkerDeps): Promise<Settlement | null> {
  const { id, attempt, trigger, repository, traceparent } = begun.task;
  const attributes = {
    [attributeNames.messagingSystem]: "agentbot",
    [attributeNames.messagingOperation]: "process",
    [attributeNames.taskId]: id,
    [attributeNames.taskAttempt]: attempt,
    [attributeNames.taskTrigger]: trigger,
    ...(repository ? { [attributeNames.repository]: repository.path } : {}),
  };
  return await deps.tracer.trace(
    { name: spanNames.task, kind: "consumer", parent: traceparent, attributes },
    async (span) => {
      const logger = deps.logger.child(traceFactsOf(span.traceparent ?? traceparent));
      const settlement = await runTask(begun, { ...deps, logger });
      if (settlement) span.setAttributes({ [attributeNames.taskStatus]: settlement.status });
      if (settlement && "reason" in settlement) span.setAttributes({ [attributeNames.taskReason]: settlement.reason });
      if (settlement?.status === "failed") span.fail(settlement.reason);
      return settlement;
    },
  );
}

/**
 * One run of a task, from begun to settled: holds the lease, runs the pipeline, and releases whatever it acquired. Returns
 * null if the lease was lost: then another worker settles the task.
 */
async function runTask(begun: BegunTask, workerDeps: WorkerDeps): Promise<Settlement | null> {
  const { task } = begun;
  const logger = workerDeps.logger.child({ taskId: task.id, attempt: task.attempt });
  const deps = { ...workerDeps, logger };
  const conversation = deps.providers.get(task.origin.provider)?.conversation;
  if (!conversation) return await parkUnserved(begun, deps);

  const wasPublishing = await hasBegunToPublish(task, deps.store.effects);
  const holding = createCleanupStack();
  try {
    const held = holdRun({ ...begun, wasPublishing }, deps, holding);
    const context = createRunContext(begun, held, deps, conversation, holding);
    const data = { attempt: task.attempt, agent: deps.agent.name };
    context.transcript.write({ type: "task:begun", at: deps.clock.now(), data });
    return await runPipeline({ task }, context).catch((error: unknown) => settleFailure(error, context));
  } finally {
    await holding.run().catch((error: unknown) => logger.warn({ err: error }, "A run could not be cleaned up fully"));
  }
}

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

const delay = (entry: ClaimedEntry, delayMs: number): Promise<void> =>
  entry.release(Math.min(Math.max(delayMs, 0), maxQueueDelayMs));

/** Moves an entry to the end of a lane, by default of its own. One that is lost on the way is found by the reconciler. */
async function moveTo(
  { lane, delayMs }: { readonly lane?: string; readonly delayMs: number },
  entry: ClaimedEntry,
  queue: TaskQueue,
): Promise<void> {
  await entry.complete();
  const bounded = Math.min(Math.max(delayMs, 0), maxQueueDelayMs);
  await queue.enqueue([{ ...entry.entry, lane: lane ?? entry.entry.lane, delayMs: bounded }]);
}

async function settleEntry(settlement: Settlement, entry: ClaimedEntry): Promise<void> {
  switch (settlement.status) {
    case "queued":
      return delay(entry, settlement.delayMs);
    case "failed":
      return entry.bury(settlement.reason);
    case "succeeded":
    case "cancelled":
      return entry.complete();
  }
}

function countSettlement({ status }: Settlement, task: Task, { metrics, agent, clock }: WorkerDeps): void {
  if (status === "queued") return;
  metrics.increment("agentbot_tasks_total", { status, trigger: task.trigger, agent: agent.name });
  const tookMs = clock.now().getTime() - (task.startedAt ?? task.createdAt).getTime();
  metrics.observe("agentbot_task_duration_seconds", Math.max(0, tookMs) / 1000, { status });
}
