import type { ClaimedEntry } from "../../ports/task-queue.js";
import type { Settlement } from "../../ports/task-store.js";
import type { Task } from "../../task/task.js";
import type { WorkerParts } from "../worker-parts.js";
import { runTask } from "./run-task.js";

/** How soon an entry whose task could not be begun is looked at again, in milliseconds. */
const recheckMs = 1000;

/** Begins the task of a claimed entry, runs it, and tells the queue what became of it. */
export async function runClaimedEntry(
  entry: ClaimedEntry,
  parts: WorkerParts,
  shutdownSignal: AbortSignal,
): Promise<void> {
  const { store, agent, settings, logger, events, metrics, clock } = parts;
  const { taskId } = entry.entry;
  try {
    const begun = await store.tasks.begin(taskId, { leaseMs: settings.leaseMs, agent: agent.name });
    switch (begun.status) {
      case "begun": {
        const { task, lease } = begun;
        metrics.observe("agentbot_task_wait_seconds", (clock.now().getTime() - task.createdAt.getTime()) / 1000);
        events.emit("task:begun", { task });
        const settlement = await runTask({ task, lease, entry, shutdownSignal }, parts);
        if (settlement) {
          await tellQueue(settlement, entry);
          countSettlement(settlement, task, parts);
          events.emit("task:settled", { taskId, settlement });
        }
        return;
      }
      case "blocked":
        logger.debug({ taskId, byTaskId: begun.byTaskId }, "An earlier task of the thread is not final");
        return await entry.retry(recheckMs);
      case "waiting":
        return await entry.retry(Math.max(begun.retryInMs, 1));
      case "final":
      case "unknown":
        return await entry.complete();
    }
  } catch (error) {
    logger.error({ err: error, taskId }, "A claimed task could not be run; it is tried again when its lease ends");
    await entry.retry(recheckMs).catch(() => {});
  }
}

async function tellQueue(settlement: Settlement, entry: ClaimedEntry): Promise<void> {
  switch (settlement.status) {
    case "queued":
      return entry.retry(settlement.delayMs);
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
  const startedAt = task.startedAt ?? task.createdAt;
  metrics.observe("agentbot_task_duration_seconds", (clock.now().getTime() - startedAt.getTime()) / 1000, { status });
}
