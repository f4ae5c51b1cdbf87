import type { LifecycleEvents, Logger } from "@agentbot/core";

/** Logs the begin and the end of every attempt, so that the log alone shows the history of a task. */
export function logTasks(events: LifecycleEvents, logger: Logger): void {
  events.on("task:begun", ({ task: { id: taskId, attempt, trigger, repository, origin } }) => {
    const facts = { taskId, attempt, trigger, repository: repository?.path ?? null, url: origin.url };
    logger.info(facts, "Task begun");
  });
  events.on("task:settled", ({ taskId, settlement }) => {
    const reason = "reason" in settlement ? settlement.reason : null;
    logger.info({ taskId, status: settlement.status, reason }, "Task settled");
  });
}
