import { AgentBotError } from "../../errors/agentbot-error.js";
import { backOffMs } from "../../lifecycle/back-off.js";
import type { Settlement } from "../../ports/task-store.js";
import type { TaskEnd } from "../../task/task-outcome.js";
import { explainError } from "../status/explain-error.js";
import { agentFailureReasonOf } from "./agent-interrupted.js";
import type { RunContext } from "./run-context.js";
import { settleRun } from "./settle-run.js";
import { stopReasonOf } from "./stop-reason.js";

/** What became of a run that threw; null when the lease is gone and nothing more may be written. */
export type FailureSettlement = Settlement | null;

/**
 * Settles a run that threw: back in line with a growing wait, or dead letter, and says so in the thread.
 * The only reader of `isRetryable`.
 */
export async function settleFailure(error: unknown, context: RunContext): Promise<FailureSettlement> {
  try {
    return await settleBy(error, context);
  } catch (settlingError) {
    if (stopReasonOf(settlingError, context) !== "lease-lost") throw settlingError;
    return leaseLost(settlingError, context);
  }
}

async function settleBy(error: unknown, context: RunContext): Promise<FailureSettlement> {
  const { task, logger, attempts } = context;
  switch (stopReasonOf(error, context)) {
    case "lease-lost":
      return leaseLost(error, context);
    case "shutting-down":
      logger.info({}, "The worker shuts down; the task goes back to the queue");
      return settle({ status: "queued", cause: "released", reason: "worker_stopped", delayMs: 0 }, context);
    case "cancelled":
      await assertUnsettled(context);
      return tellAndSettle(
        { status: "cancelled", reason: await cancelReasonOf(context), explanation: "It was stopped." },
        context,
      );
    case null: {
      await assertUnsettled(context);
      const outageMs = outageDelayMs(error, context);
      if (outageMs !== null) {
        logger.warn(
          { err: error, delayMs: outageMs },
          "Something the task needs is down; it waits without using an attempt",
        );
        await context.status.showRetry();
        const parked = { status: "queued", cause: "parked", reason: reasonOf(error) } as const;
        return settle({ ...parked, delayMs: outageMs }, context);
      }
      const delayMs = retryDelayMs(error, context);
      if (delayMs !== null) {
        logger.warn({ err: error, delayMs }, "The run failed and is tried again");
        await context.status.showRetry();
        return settle({ status: "queued", cause: "retry", reason: reasonOf(error), delayMs }, context);
      }
      logger.error({ err: error, attempt: task.attempt, of: attempts.count() }, "The run failed for good");
      return tellAndSettle({ status: "failed", reason: reasonOf(error), explanation: explainError(error) }, context);
    }
  }
}

/**
 * What failed may be a settlement whose answer was lost: then the run has ended, and what was told of it is right.
 *
 * @throws AgentBotError `LEASE_LOST` when it has.
 */
async function assertUnsettled({ lease, parts: { store, settings } }: RunContext): Promise<void> {
  if ((await store.tasks.heartbeat(lease, settings.leaseMs)) !== "lost") return;
  throw new AgentBotError("LEASE_LOST", `the run of task ${lease.taskId} under fence ${lease.fence} is over`);
}

/** The reason that whoever asked to stop it gave; it came after the run had begun. */
async function cancelReasonOf({ task, parts, logger }: RunContext): Promise<string> {
  try {
    return (await parts.store.tasks.find(task.id))?.cancelReason ?? "stopped";
  } catch (error) {
    logger.warn({ err: error }, "Why the run was to be stopped cannot be read");
    return "stopped";
  }
}

function leaseLost(error: unknown, { logger }: RunContext): null {
  logger.warn({ err: error }, "The lease is lost; another worker has the task, nothing more is written");
  return null;
}

/** How long to wait for the end of an outage, growing with the time since the task first began; null when that is too long ago. */
function outageDelayMs(error: unknown, { task, clock, parts: { settings } }: RunContext): number | null {
  if (!AgentBotError.isInstance(error) || !error.isOutage) return null;
  const ageMs = clock.now().getTime() - (task.startedAt ?? task.createdAt).getTime();
  if (ageMs > settings.outagePatienceMs) return null;
  const { baseMs, capMs } = settings.retryBackOff;
  return Math.round(Math.max(Math.min(Math.max(ageMs / 2, baseMs), capMs), error.retryAfterMs ?? 0));
}

/** How long to wait before the next try; null when there must be none. */
function retryDelayMs(error: unknown, { task, attempts, parts: { settings, random } }: RunContext): number | null {
  const isRetryable = AgentBotError.isInstance(error) ? error.isRetryable : true;
  if (!isRetryable || task.attempt >= attempts.count()) return null;
  const askedForMs = AgentBotError.isInstance(error) ? (error.retryAfterMs ?? 0) : 0;
  return Math.max(backOffMs(task.attempt, settings.retryBackOff, random), askedForMs);
}

/** The end is told if it can be; a provider that is down must not keep a dead task alive. */
async function tellAndSettle(end: TaskEnd, context: RunContext): Promise<FailureSettlement> {
  try {
    await context.status.showEnd(end);
  } catch (error) {
    if (stopReasonOf(error, context) === "lease-lost") throw error;
    context.logger.warn({ err: error }, "The end of the task could not be told in its thread");
  }
  return settle(end, context);
}

async function settle(settlement: Settlement, context: RunContext): Promise<FailureSettlement> {
  await settleRun(settlement, context);
  return settlement;
}

function reasonOf(error: unknown): string {
  if (!AgentBotError.isInstance(error)) return "internal_error";
  return agentFailureReasonOf(error) ?? error.code.toLowerCase();
}
