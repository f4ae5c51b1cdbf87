import type { RateLimiter, RateLimitResult } from "../../ports/rate-limiter.js";
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

/** The limits that apply to a task: its actor's and its repository's. */
export function quotasOf(
  { task: { actor }, repository }: { readonly task: Task; readonly repository: RepositoryRef },
  { user, repository: repositoryLimiter }: WorkerQuotas,
): readonly Quota[] {
  const quotas: Quota[] = [];
  const later = "this starts by itself as soon as there is room.";
  if (user) {
    const explanation = `${actor.login} has requested as many tasks as one person may for now; ${later}`;
    quotas.push({ quotaKey: "user-quota", limiter: user, key: `${actor.provider}/${actor.id}`, explanation });
  }
  if (repositoryLimiter) {
    const { provider, tenant, id, path } = repository;
    const explanation = `${path} has had its share of tasks for now; ${later}`;
    const key = `${provider}/${tenant}/${id}`;
    quotas.push({ quotaKey: "repository-quota", limiter: repositoryLimiter, key, explanation });
  }
  return quotas;
}

/**
 * Does work that precedes the count of a task. If the work throws in the task's first run, the quotas are recorded as still
 * to be charged: a provider that is down must not lift the limits.
 */
export async function deferQuotaCharge<Result>(
  quotas: readonly Quota[],
  context: RunContext,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (context.task.fence === 1) await recordUncharged(quotas, context);
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
 * Counts a task against its quotas, once however often it is tried; returns its parking where a quota is used up. A task
 * that was begun before was counted then, unless the ledger records a quota as still to be charged.
 */
export async function checkQuotas(quotas: readonly Quota[], context: RunContext): Promise<Parked | null> {
  const { task, lease, deps } = context;
  const { effects } = deps.store;
  if (quotas.length === 0) return null;
  const recorded = task.fence === 1 ? [] : await effects.list(task.id);
  const isUncharged = ({ quotaKey }: Quota): boolean =>
    task.fence === 1 || recorded.some(({ kind, performedAt }) => kind === quotaKey && performedAt === null);
  const uncharged = quotas.filter(isUncharged);

  for (const [index, { quotaKey, limiter, key, explanation }] of uncharged.entries()) {
    const rest = uncharged.slice(index);
    const result = await deferQuotaCharge(rest, context, () => consume(limiter, key, context));
    if (result.status === "limited") {
      await intend(rest, context);
      const delayMs = Math.max(1000, Math.ceil(result.retryAfterMs));
      return { status: "queued", cause: "parked", reason: "quota", explanation, delayMs };
    }
    if (task.fence > 1) await effects.complete(lease, `${task.id}/${quotaKey}`, true);
  }
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
