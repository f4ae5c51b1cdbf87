import type { RateLimiter, RateLimitResult } from "../../ports/rate-limiter.js";
import { quotaReason } from "../../task/queued-task.js";
import type { RepositoryRef } from "../../task/repository-ref.js";
import type { Task } from "../../task/task.js";
import type { Parked } from "../stage.js";
import type { WorkerQuotas } from "../worker-deps.js";
import type { RunContext } from "./run-context.js";

/** Maximum wait for a limiter's answer, in milliseconds; then the task continues uncounted. */
const limiterTimeoutMs = 2000;

/** One limit on the number of tasks. */
export interface Quota {
  /** The kind of effect that records, in the ledger, whether the task was counted here. */
  readonly quotaKey: "user-quota" | "repository-quota";
  readonly limiter: RateLimiter;
  /** The limiter's key. */
  readonly key: string;
  readonly explanation: string;
}

/** The limits that apply to a task: its actor's, counted before access is decided, and its repository's, counted after. */
export interface TaskQuotas {
  readonly user: Quota | null;
  readonly repository: Quota | null;
}

/** Returns the limits that apply to a task. */
export function quotasOf(
  { task: { actor }, repository }: { readonly task: Task; readonly repository: RepositoryRef },
  limiters: WorkerQuotas,
): TaskQuotas {
  const { provider, tenant, id, path } = repository;
  const later = "this starts by itself as soon as there is room.";
  return {
    user: limiters.user && {
      ...{ quotaKey: "user-quota", limiter: limiters.user, key: `${actor.provider}/${actor.id}` },
      explanation: `${actor.login} has requested as many tasks as one person may for now; ${later}`,
    },
    repository: limiters.repository && {
      ...{ quotaKey: "repository-quota", limiter: limiters.repository, key: `${provider}/${tenant}/${id}` },
      explanation: `${path} has had its share of tasks for now; ${later}`,
    },
  };
}

/**
 * Does work that precedes the count of a task. If the work throws in the task's first run, the quota is recorded as still
 * to be charged: a provider that is down must not lift the limits.
 */
export async function deferQuotaCharge<Result>(
  quota: Quota | null,
  context: RunContext,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (quota && context.task.fence === 1) await recordUncharged([quota], context);
    throw error;
  }
}

/** A quota that cannot be recorded is not charged: quotas are a courtesy. */
async function recordUncharged(quotas: readonly Quota[], context: RunContext): Promise<void> {
  try {
    await intend(quotas, context);
  } catch (error) {
    context.deps.logger.warn({ err: error }, "The task is not counted against its quotas");
  }
}

async function intend(quotas: readonly Quota[], { task, lease, deps }: RunContext): Promise<void> {
  for (const { quotaKey } of quotas) {
    await deps.store.effects.intend(lease, { key: `${task.id}/${quotaKey}`, kind: quotaKey });
  }
}

/**
 * Counts a task against a quota, once however often it is tried; returns its parking where the quota is used up. A task that
 * was begun before was counted then, unless the ledger records the quota as still to be charged.
 *
 * @param later - the quota that would be counted next
 */
export async function checkQuota(
  quota: Quota | null,
  later: Quota | null,
  context: RunContext,
): Promise<Parked | null> {
  if (!quota) return null;
  const { task, lease, deps } = context;
  const { effects } = deps.store;
  const { quotaKey, limiter, key, explanation } = quota;
  const isFirst = task.fence === 1;
  const recorded = isFirst ? [] : await effects.list(task.id);
  const isUncharged = recorded.some(({ kind, performedAt }) => kind === quotaKey && performedAt === null);
  if (!isFirst && !isUncharged) return null;

  const uncharged = later ? [quota, later] : [quota];
  const result = await consume(limiter, key, context).catch(async (error: unknown) => {
    if (isFirst) await recordUncharged(uncharged, context);
    throw error;
  });
  if (result.status === "limited") {
    await intend(uncharged, context);
    const delayMs = Math.max(1000, Math.ceil(result.retryAfterMs));
    return { status: "queued", cause: "parked", reason: quotaReason, explanation, delayMs };
  }
  if (!isFirst) await effects.complete(lease, `${task.id}/${quotaKey}`, true);
  return null;
}

/** A limiter that is down must not stop the work: quotas are a courtesy, budgets are the wall. */
async function consume(limiter: RateLimiter, key: string, { signal, deps }: RunContext): Promise<RateLimitResult> {
  const { clock, logger } = deps;
  const answered = new AbortController();
  try {
    const late = clock.sleep(limiterTimeoutMs, AbortSignal.any([signal, answered.signal])).then(() => null);
    const result = await Promise.race([limiter.consume(key), late]);
    if (result) return result;
    logger.warn({}, "The task limiter does not answer; the task is not counted");
  } catch (error) {
    logger.warn({ err: error }, "The task limiter failed; the task is not counted");
  } finally {
    answered.abort();
  }
  signal.throwIfAborted();
  return { status: "allowed" };
}
