import type { Outbox } from "../ports/outbox.js";
import type { TaskQueue } from "../ports/task-queue.js";
import { countMissing } from "./count-missing.js";
import { offerWaiting } from "./offer-waiting.js";
import { recoverLapsed } from "./recover-lapsed.js";

/** What {@link reconcile} works with. */
export interface ReconcileRequest {
  readonly outbox: Outbox;
  readonly queue: TaskQueue;
  /** How often this process reconciles, in milliseconds. */
  readonly intervalMs: number;
  /** The first round of a process: it knows nothing of others that may be dead. */
  readonly isFirst: boolean;
  readonly signal: AbortSignal;
}

/** What one round found. */
export interface Reconciliation {
  /** Running tasks whose lease had ended. */
  readonly recovered: number;
  /** Queued tasks that the queue seemed to lack. */
  readonly missing: number;
  /** Queued tasks that the queue was told of; null when that was not necessary, or another process's turn. */
  readonly offered: number | null;
}

/**
 * Makes the queue agree with the store: tasks whose worker died go back in line, and when the counts differ, or it is time,
 * one of all processes offers every queued task to the queue, which keeps those it knows. Safe when several run at once.
 */
export async function reconcile(request: ReconcileRequest): Promise<Reconciliation> {
  const { outbox, queue, intervalMs, isFirst, signal } = request;
  const recovered = await recoverLapsed(outbox, queue, signal);
  const missing = queue.livesInStore ? 0 : await countMissing(outbox, queue);
  const isOurs = await outbox.tryAcquireSweep(turnMs(intervalMs, missing, queue));
  const isOffering = isOurs || (isFirst && missing > 0);
  return { recovered, missing, offered: isOffering ? await offerWaiting(outbox, queue, signal) : null };
}

/**
 * How long after the last turn it is time: soon where something is missing. Counts can agree though a part of an index is
 * gone, so it is offered everything every second round in any case; rows of the store only for what a dying process left undone.
 */
function turnMs(intervalMs: number, missing: number, { livesInStore }: TaskQueue): number {
  if (livesInStore) return intervalMs * 5.5;
  return missing > 0 ? intervalMs / 2 : intervalMs * 1.5;
}
