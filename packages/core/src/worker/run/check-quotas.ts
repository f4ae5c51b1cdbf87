import type { RateLimiter, RateLimitResult } from "../../ports/rate-limiter.js";
import type { Task } from "../../task/task.js";
import type { Parked } from "../end-of-run.js";
import type { RunContext } from "./run-context.js";

/** How long a limiter may take to answer, in milliseconds; then the task goes on uncounted. */
const limiterTimeoutMs = 2000;

/** One count that a task has to pass. */
export interface Quota {
  /** Marks, in the ledger, a task that has still to be counted here. */
  readonly mark: string;
  readonly limiter: RateLimiter;
  readonly key: string;
  readonly explanation: string;
}

/**
 * Does what comes before the task is counted. When that throws in its first run, the task has still to be counted: a
 * provider that is down must not lift the limits.
 */
export async function owingQuotas<Result>(
  context: RunContext,
  work: () => Promise<Result>,
  quotas: readonly Quota[] = quotasOf(context),
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (context.task.fence === 1) await owe(quotas, context);
    throw error;
  }
}

/** Marks what is still to be counted. What cannot be marked is not counted: quotas are a courtesy. */
async function owe(quotas: readonly Quota[], { task, lease, parts, logger }: RunContext): Promise<void> {
  try {
    for (const { mark } of quotas) await parts.store.effects.intend(lease, { key: `${task.id}/${mark}`, kind: mark });
  } catch (error) {
    logger.warn({ err: error }, "The task goes uncounted");
  }
}

/**
 * Counts a task against its author's and its repository's quota, once however often it is tried; parked where one is used
 * up. A task that was begun before was counted then, unless the ledger says that it waits to be.
 */
export async function checkQuotas(context: RunContext): Promise<Parked | null> {
  const { task, lease, parts } = context;
  const quotas = quotasOf(context);
  if (quotas.length === 0) return null;
  const { effects } = parts.store;
  const marks = task.fence === 1 ? [] : await effects.list(task.id);
  const isOpen = ({ mark }: Quota): boolean =>
    task.fence === 1 || marks.some(({ key, performedAt }) => key === `${task.id}/${mark}` && performedAt === null);
  const open = quotas.filter(isOpen);

  for (const [index, { mark, limiter, key, explanation }] of open.entries()) {
    const result = await owingQuotas(context, () => ask(limiter, key, context), open.slice(index));
    if (result.status === "limited") {
      for (const waiting of open.slice(index))
        await effects.intend(lease, { key: `${task.id}/${waiting.mark}`, kind: waiting.mark });
      const delayMs = Math.max(1000, Math.ceil(result.retryAfterMs));
      return { status: "queued", cause: "parked", reason: "quota", explanation, delayMs };
    }
    if (task.fence > 1) await effects.complete(lease, `${task.id}/${mark}`, true);
  }
  return null;
}

function quotasOf({ task, parts: { quotas } }: RunContext): readonly Quota[] {
  const { user, repository } = quotas;
  const counts: Quota[] = [];
  if (user) counts.push({ mark: "user-quota", limiter: user, key: userKey(task), explanation: explainUser(task) });
  if (repository) {
    const { provider, id, owner, name } = task.repository;
    const explanation = `${owner}/${name} has had its share of tasks for now; this starts by itself as soon as there is room.`;
    counts.push({ mark: "repository-quota", limiter: repository, key: `${provider}/${id}`, explanation });
  }
  return counts;
}

function userKey({ origin, actor }: Task): string {
  return `${origin.provider}/${actor.id}`;
}

function explainUser({ actor }: Task): string {
  return `${actor.login} has asked for as many tasks as one person may for now; this starts by itself as soon as there is room.`;
}

/** A limiter that is down must not stop the work: quotas are a courtesy, budgets are the wall. */
async function ask(limiter: RateLimiter, key: string, { signal, clock, logger }: RunContext): Promise<RateLimitResult> {
  const answered = new AbortController();
  try {
    const late = clock.sleep(limiterTimeoutMs, AbortSignal.any([signal, answered.signal])).then(() => null);
    const result = await Promise.race([limiter.consume(key), late]);
    if (result) return result;
    logger.warn({}, "The limiter of tasks does not answer; the task goes on uncounted");
  } catch (error) {
    logger.warn({ err: error }, "The limiter of tasks failed; the task goes on uncounted");
  } finally {
    answered.abort();
  }
  signal.throwIfAborted();
  return { status: "allowed" };
}
