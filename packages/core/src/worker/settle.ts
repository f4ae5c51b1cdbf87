import { AgentBotError } from "../errors/agentbot-error.js";
import { backOffMs } from "../lifecycle/back-off.js";
import type { Settlement } from "../ports/task-store.js";
import { explainEnd, explainError, explainReason, isConversationGone, reasonOf } from "../reasons/explain.js";
import type { PushedBranch, TaskEnd } from "../task/task.js";
import { taskChannel } from "../task/task-channels.js";
import { stopReasonOf } from "./run/hold-run.js";
import type { RunContext } from "./run/run-context.js";
import { findPushedBranch } from "./stages/publish-result.js";
import { isLongWait } from "./status/task-status.js";

/** Ends a run: closes the transcript, releases everything the stages acquired, then settles the task in the store. */
export async function settleRun(settlement: Settlement, context: RunContext): Promise<void> {
  const { lease, leaseSignal, spending, transcript, cleanup } = context;
  const { store, pubSub, clock, logger } = context.deps;
  const reason = settlement.status === "succeeded" ? null : settlement.reason;
  transcript.write({ type: "task:settled", at: clock.now(), data: { status: settlement.status, reason } });
  await transcript.close();
  await cleanup.run().catch((error: unknown) => logger.warn({ err: error }, "A run could not be cleaned up fully"));
  leaseSignal.throwIfAborted();
  await spending.commit();
  await store.tasks.settle(lease, settlement);
  try {
    // Viewers wait for the task's status, which is not a line of the transcript.
    pubSub.publish(taskChannel(lease.taskId));
  } catch (error) {
    logger.warn({ err: error }, "The end of the run could not be published; viewers see it a little later");
  }
}

/**
 * Settles a run that threw: back in line after a growing wait, or failed for good and shown in the thread. Returns null if
 * the lease is lost: then nothing more may be written. The only reader of `isRetryable`.
 */
export async function settleFailure(error: unknown, context: RunContext): Promise<Settlement | null> {
  try {
    return await settleBy(error, context);
  } catch (settlingError) {
    if (stopReasonOf(settlingError, context) !== "lease-lost") throw settlingError;
    return leaseLost(settlingError, context);
  }
}

async function settleBy(error: unknown, context: RunContext): Promise<Settlement | null> {
  const { task, attempts, status } = context;
  const { logger } = context.deps;
  switch (stopReasonOf(error, context)) {
    case "lease-lost":
      return leaseLost(error, context);
    case "shutting-down":
      logger.info({}, "The worker shuts down; the task goes back to the queue");
      return settle({ status: "queued", cause: "released", reason: "worker_stopped", delayMs: 0 }, context);
    case "cancelled": {
      await assertUnsettled(context);
      const reason = await cancelReasonOf(context);
      const explanation = explainReason(reason) ?? explainEnd("stopped");
      return showAndSettle({ status: "cancelled", reason, explanation }, context);
    }
    case null: {
      await assertUnsettled(context);
      if (isConversationGone(error)) return await takeBack(error, context);
      const reason = reasonOf(error);
      const explanation = explainError(error, context.secrets.redact);
      const outageMs = outageDelayMs(error, context);
      if (outageMs !== null) {
        const facts = { err: error, delayMs: outageMs };
        logger.warn(facts, "A dependency of the task is down; the task waits without using an attempt");
        const mayPost = context.access.isGranted || isLongWait(task, context.deps.clock);
        await status.showWait(
          { reason, explanation: `${explanation} It goes on by itself once that is over.` },
          { mayPost },
        );
        return settle({ status: "queued", cause: "parked", reason, delayMs: outageMs }, context);
      }
      const delayMs = retryDelayMs(error, context);
      if (delayMs !== null) {
        logger.warn({ err: error, delayMs }, "The run failed and is tried again");
        const waiting = "An attempt failed; another one starts by itself.";
        await status.showWait({ reason, explanation: waiting }, { mayPost: false });
        return settle({ status: "queued", cause: "retry", reason, delayMs }, context);
      }
      logger.error({ err: error, attempt: task.attempt, of: attempts.allowed() }, "The run failed for good");
      const branch = await pushedBranchOf(context);
      return showAndSettle({ status: "failed", reason, explanation, ...(branch ? { branch } : {}) }, context);
    }
  }
}

/**
 * Distinguishes a failed run from a settlement whose answer was lost: then the run has ended, and what is shown is right.
 *
 * @throws AgentBotError `LEASE_LOST` if the run is settled already.
 */
async function assertUnsettled({ lease, deps: { store, settings } }: RunContext): Promise<void> {
  if ((await store.tasks.heartbeat(lease, settings.leaseMs)) !== "lost") return;
  throw new AgentBotError("LEASE_LOST", `The run of task ${lease.taskId} under fence ${lease.fence} is over`);
}

/** Ends the task of a conversation that is gone: there is no place to show it in. */
async function takeBack(error: unknown, context: RunContext): Promise<Settlement> {
  context.deps.logger.info({ err: error }, "The conversation of the task is gone; the request is taken back");
  const reason = "conversation_gone";
  return settle({ status: "cancelled", reason, explanation: explainEnd(reason) }, context);
}

async function pushedBranchOf({ task, deps: { store, logger } }: RunContext): Promise<PushedBranch | null> {
  try {
    return await findPushedBranch(task, store.effects);
  } catch (error) {
    logger.warn({ err: error }, "The branch of the task cannot be looked up");
    return null;
  }
}

/** The reason that the stop was requested with, which may be later than the begin of the run. */
async function cancelReasonOf({ task, deps: { store, logger } }: RunContext): Promise<string> {
  try {
    return (await store.tasks.find(task.id))?.cancelReason ?? "stopped";
  } catch (error) {
    logger.warn({ err: error }, "The reason of the stop cannot be read");
    return "stopped";
  }
}

function leaseLost(error: unknown, { deps: { logger } }: RunContext): null {
  logger.warn({ err: error }, "The lease is lost; another worker has the task, nothing more is written");
  return null;
}

/** The wait for the end of an outage, growing with the time since the task first began; null if that is too long ago. */
function outageDelayMs(error: unknown, { task, deps: { clock, settings } }: RunContext): number | null {
  if (!AgentBotError.isInstance(error) || !error.isOutage) return null;
  const ageMs = clock.now().getTime() - (task.startedAt ?? task.createdAt).getTime();
  if (ageMs > settings.outagePatienceMs) return null;
  const { baseMs, capMs } = settings.retryBackOff;
  return Math.round(Math.max(Math.min(Math.max(ageMs / 2, baseMs), capMs), retryAfterMsOf(error)));
}

/** The wait before the next attempt; null if there must not be one. */
function retryDelayMs(error: unknown, { task, attempts, deps: { settings, random } }: RunContext): number | null {
  const isRetryable = AgentBotError.isInstance(error) ? error.isRetryable : true;
  if (!isRetryable || attempts.isLast(task)) return null;
  return Math.max(backOffMs(task.attempt, settings.retryBackOff, random), retryAfterMsOf(error));
}

/** Maximum wait that a provider can ask for, in milliseconds: a header must not put a task off for years. */
const maxRetryAfterMs = 24 * 60 * 60 * 1000;

function retryAfterMsOf(error: unknown): number {
  const retryAfterMs = AgentBotError.isInstance(error) ? (error.retryAfterMs ?? 0) : 0;
  return Math.min(Math.max(0, retryAfterMs || 0), maxRetryAfterMs);
}

/**
 * Shows the end if that is possible: a provider that is down must not keep a dead task alive. Where access was not decided,
 * only a message that exists shows it: a stranger must not make the bot write.
 */
async function showAndSettle(end: TaskEnd, context: RunContext): Promise<Settlement> {
  try {
    await context.status.showEnd({ end, isSilent: !context.access.isGranted });
  } catch (error) {
    if (stopReasonOf(error, context) === "lease-lost") throw error;
    context.deps.logger.warn({ err: error }, "The end of the task could not be shown in its thread");
  }
  return settle(end, context);
}

async function settle(settlement: Settlement, context: RunContext): Promise<Settlement> {
  await settleRun(settlement, context);
  return settlement;
}
