import { setImmediate as nextTurn } from "node:timers/promises";
import type { OutageReporter } from "../outages/create-outage-reporter.js";
import type { Clock } from "../ports/clock.js";
import type { Logger } from "../ports/logger.js";
import type { Outbox } from "../ports/outbox.js";
import type { TaskQueue } from "../ports/task-queue.js";
import { maxQueueDelayMs } from "../task/queue-delay.js";

/** Options of {@link reconcile}. */
export interface ReconcileRequest {
  readonly outbox: Outbox;
  readonly queue: TaskQueue;
  /** How often this process reconciles, in milliseconds. */
  readonly intervalMs: number;
  /** True for the first round of a process: others that acquired the last sweep may be dead. */
  readonly isFirst: boolean;
  readonly signal: AbortSignal;
}

/** The result of one round. */
export interface Reconciliation {
  /** Number of running tasks whose lease had ended. */
  readonly recovered: number;
  /** Number of queued tasks and unanswered commands that the queue seemed to lack. */
  readonly missing: number;
  /** Number of tasks and commands that were offered to the queue; null if this process did not sweep. */
  readonly offered: number | null;
}

/** Maximum number of tasks that one statement recovers, and of entries that one call offers. */
const pageSize = 500;

/** Store and queue are counted one after the other while tasks come and go: a difference up to this part of the backlog is ignored. */
const tolerated = 0.01;

/**
 * Brings the queue into agreement with the store: tasks whose worker died are queued again, and when the counts differ, or it
 * is time, one of all processes offers every queued task and unanswered command to the queue, which leaves those it has as
 * they are. Safe if several processes reconcile at once.
 */
export async function reconcile(request: ReconcileRequest): Promise<Reconciliation> {
  const { outbox, queue, intervalMs, isFirst, signal } = request;
  const recovered = await recoverLapsed(outbox, queue, signal);
  const missing = queue.livesInStore ? 0 : await countMissing(outbox, queue);
  const isOurs = await outbox.tryAcquireSweep(sweepIntervalMs(intervalMs, missing, queue));
  const isSweeping = isOurs || (isFirst && missing > 0);
  return { recovered, missing, offered: isSweeping ? await offerWaiting(outbox, queue, signal) : null };
}

/**
 * The time between two sweeps of all processes: short where entries are missing. Counts can agree although a part of an index
 * is gone, so a sweep follows every second round in any case; for rows of the store only to finish what a dying process left.
 */
function sweepIntervalMs(intervalMs: number, missing: number, { livesInStore }: TaskQueue): number {
  if (livesInStore) return intervalMs * 5.5;
  return missing > 0 ? intervalMs / 2 : intervalMs * 1.5;
}

/** Queues running tasks whose lease has ended again, in the store and then in the queue; returns how many. */
async function recoverLapsed(outbox: Outbox, queue: TaskQueue, signal: AbortSignal): Promise<number> {
  let recovered = 0;
  for (let found = pageSize; found === pageSize && !signal.aborted; recovered += found) {
    const entries = await outbox.recover(pageSize);
    if (entries.length > 0) await queue.enqueue(entries);
    found = entries.length;
  }
  return recovered;
}

/**
 * Counts the queued tasks and unanswered commands that the queue lacks, as far as counts can show it; 0 if it lacks about
 * none. A claimed entry is that of a running task, or of a task or command that is about to begin.
 */
async function countMissing(outbox: Outbox, queue: TaskQueue): Promise<number> {
  const { queued, running, commands } = await outbox.count();
  const open = queued + commands;
  if (open === 0) return 0;
  const { waiting, delayed, claimed } = await queue.stats();
  const missing = open - waiting - delayed - Math.max(0, claimed - running);
  return missing > open * tolerated ? missing : 0;
}

/** Offers every queued task and unanswered command to the queue, page by page, in order; returns how many. */
async function offerWaiting(outbox: Outbox, queue: TaskQueue, signal: AbortSignal): Promise<number> {
  let offered = 0;
  for (let cursor: string | null | undefined; cursor !== null && !signal.aborted; ) {
    const page = await outbox.waiting({ limit: pageSize, ...(cursor === undefined ? {} : { cursor }) });
    const entries = page.items.map((entry) => ({ ...entry, delayMs: Math.min(entry.delayMs, maxQueueDelayMs) }));
    if (entries.length > 0) await queue.enqueue(entries);
    offered += page.items.length;
    cursor = page.next;
    // However fast store and queue answer, webhooks and heartbeats are served in between.
    await nextTurn();
  }
  return offered;
}

/** Options of {@link runReconciler}. */
interface ReconcilerRequest {
  readonly outbox: Outbox;
  readonly queue: TaskQueue;
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly outages: OutageReporter;
  readonly signal: AbortSignal;
}

/** Reconciles at once and then every `intervalMs`, until the signal aborts. A failed round is logged once and repeated. */
export async function runReconciler({
  outbox,
  queue,
  intervalMs,
  clock,
  logger,
  outages,
  signal,
}: ReconcilerRequest): Promise<void> {
  let isFailing = false;
  let isFirst = true;
  while (!signal.aborted) {
    try {
      const { recovered, missing, offered } = await reconcile({ outbox, queue, intervalMs, isFirst, signal });
      if (recovered > 0) logger.info({ recovered }, "Tasks of dead workers are queued again");
      if (missing > 0 && offered !== null)
        logger.info({ missing, offered }, "Tasks and commands were missing in the queue and are offered again");
      isFirst = false;
      isFailing = false;
    } catch (error) {
      if (!outages.report(error) && !isFailing) {
        logger.warn({ err: error }, "Store and queue could not be reconciled; the next round tries again");
      }
      isFailing = true;
    }
    await clock.sleep(intervalMs, signal);
  }
}
