import type { ClaimedEntry } from "../../ports/task-queue.js";
import type { Settlement, TaskStore } from "../../ports/task-store.js";
import type { Lease } from "../../task/lease.js";
import { maxQueueDelayMs } from "../../task/queue-delay.js";
import type { Task } from "../../task/task.js";
import { attributeNames, spanNames } from "../../tracing/span-names.js";
import { traceFactsOf } from "../../tracing/trace-context.js";
import type { WorkerParts } from "../worker-parts.js";
import type { BegunTask } from "./begun-task.js";
import { runTask } from "./run-task.js";

/** How soon an entry whose task could not be begun is looked at again, in milliseconds. */
const recheckMs = 1000;
/** How soon one whose task another worker holds is looked at again at the latest: its thread waits behind it. */
const heldRecheckMs = 2000;
/** How long a last attempt waits for the one that is being made here, in milliseconds. */
const lastAttemptWaitMs = 1000;

/** Begins the task of a claimed entry, runs it, and tells the queue what became of it. Never throws. */
export async function runClaimedEntry(
  entry: ClaimedEntry,
  parts: WorkerParts,
  shutdownSignal: AbortSignal,
): Promise<void> {
  const { store, queue, agent, settings, logger, outages, events, metrics, clock } = parts;
  const { taskId } = entry.entry;
  try {
    const askedAtMs = clock.monotonicMs();
    const begun = await store.tasks.begin(taskId, { leaseMs: settings.leaseMs, agent: agent.name });
    switch (begun.status) {
      case "begun": {
        const { task, lease } = begun;
        const leave = parts.lastAttempts.enter(task);
        if (!leave) return await giveBackLastAttempt(lease, entry, store.tasks);
        const waitedMs = clock.now().getTime() - task.createdAt.getTime();
        // Later begins count the runs before them, not a wait.
        if (task.fence === 1) metrics.observe("agentbot_task_wait_seconds", Math.max(0, waitedMs) / 1000);
        events.emit("task:begun", { task });
        const run = { task, lease, entry, askedAtMs, shutdownSignal };
        const settlement = await runTraced(run, parts).finally(leave);
        if (!settlement) return;
        countSettlement(settlement, task, parts);
        events.emit("task:settled", { taskId, settlement });
        return await tellQueue(settlement, entry);
      }
      case "blocked":
        logger.debug({ taskId, byTaskId: begun.byTaskId }, "An earlier task of the thread is not final");
        // To the end of its thread's line: the queue may have learnt of the earlier task after this one.
        await entry.complete();
        return await queue.enqueue([{ ...entry.entry, delayMs: recheckMs }]);
      case "held":
        // The queue was rebuilt while it ran: its end is not told to this entry.
        return await entry.release(Math.min(Math.max(begun.retryInMs, 1), heldRecheckMs));
      case "waiting":
        return await putOff(entry, begun.retryInMs);
      case "unreadable":
        logger.error({ taskId, reason: begun.reason }, begun.explanation);
        return await entry.bury(begun.reason);
      case "final":
      case "unknown":
        return await entry.complete();
    }
  } catch (error) {
    if (!outages.report(error))
      logger.error({ err: error, taskId }, "A claimed task could not be run or given up; it is looked at again soon");
    await entry.release(recheckMs).catch(() => {});
  }
}

/** Another task has its last attempt in this process: this one keeps its own for later, or for another process. */
async function giveBackLastAttempt(lease: Lease, entry: ClaimedEntry, tasks: TaskStore): Promise<void> {
  const parked = { status: "queued", cause: "parked", reason: "last_attempt_waits" } as const;
  await tasks.settle(lease, { ...parked, delayMs: lastAttemptWaitMs });
  return await entry.release(lastAttemptWaitMs);
}

/** One run is one span of the trace that began with the webhook; its log lines say which. */
async function runTraced(begun: BegunTask, parts: WorkerParts): Promise<Settlement | null> {
  const { id, attempt, trigger, repository, traceparent } = begun.task;
  const attributes = {
    [attributeNames.messagingSystem]: "agentbot",
    [attributeNames.messagingOperation]: "process",
    [attributeNames.taskId]: id,
    [attributeNames.taskAttempt]: attempt,
    [attributeNames.taskTrigger]: trigger,
    [attributeNames.repository]: `${repository.owner}/${repository.name}`,
  };
  return await parts.tracer.trace(
    { name: spanNames.task, kind: "consumer", parent: traceparent, attributes },
    async (span) => {
      const logger = parts.logger.child(traceFactsOf(span.traceparent ?? traceparent));
      const settlement = await runTask(begun, { ...parts, logger });
      if (settlement) span.setAttributes({ [attributeNames.taskStatus]: settlement.status });
      if (settlement && "reason" in settlement) span.setAttributes({ [attributeNames.taskReason]: settlement.reason });
      if (settlement?.status === "failed") span.fail(settlement.reason);
      return settlement;
    },
  );
}

const putOff = (entry: ClaimedEntry, delayMs: number): Promise<void> =>
  entry.release(Math.min(Math.max(delayMs, 0), maxQueueDelayMs));

async function tellQueue(settlement: Settlement, entry: ClaimedEntry): Promise<void> {
  switch (settlement.status) {
    case "queued":
      return putOff(entry, settlement.delayMs);
    case "failed":
      return entry.bury(settlement.reason);
    case "succeeded":
    case "cancelled":
      return entry.complete();
  }
}

function countSettlement({ status }: Settlement, task: Task, { metrics, agent, clock }: WorkerParts): void {
  if (status === "queued") return;
  metrics.increment("agentbot_tasks_total", { status, trigger: task.trigger, agent: agent.name });
  const tookMs = clock.now().getTime() - (task.startedAt ?? task.createdAt).getTime();
  metrics.observe("agentbot_task_duration_seconds", Math.max(0, tookMs) / 1000, { status });
}
