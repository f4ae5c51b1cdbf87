import type { CleanupStack } from "../../lifecycle/cleanup-stack.js";
import type { Logger } from "../../ports/logger.js";
import { taskStopChannel } from "../../task/task-channels.js";
import type { WorkerParts } from "../worker-parts.js";
import type { BegunTask } from "./begun-task.js";
import { holdLease } from "./hold-lease.js";
import { type HeldRun, RunStopped, type StopReason } from "./stop-reason.js";

/**
 * Holds a begun task and listens for whatever may stop its run: the lease, a stop that was asked for, the worker's end.
 * `holding` ends it all.
 */
export function holdRun(
  { task, lease, entry, askedAtMs, shutdownSignal, wasPublishing }: BegunTask & Pick<HeldRun, "wasPublishing">,
  { store, pubSub, clock, outages, settings }: WorkerParts,
  { logger, holding }: { readonly logger: Logger; readonly holding: CleanupStack },
): HeldRun {
  const stopped = new AbortController();
  const leaseLost = new AbortController();
  let isCancelTooLate = wasPublishing;
  const stop = (reason: StopReason): void => {
    if (reason === "cancelled" && isCancelTooLate) return;
    if (reason === "lease-lost") leaseLost.abort(new RunStopped(reason));
    stopped.abort(new RunStopped(reason));
  };
  const shutDown = (): void => stop("shutting-down");
  shutdownSignal.addEventListener("abort", shutDown, { once: true });
  holding.push(() => shutdownSignal.removeEventListener("abort", shutDown));
  if (shutdownSignal.aborted) shutDown();

  const { leaseMs } = settings;
  const held = holdLease({
    lease,
    leaseMs,
    askedAtMs,
    tasks: store.tasks,
    entry,
    clock,
    logger,
    outages,
    onStop: stop,
  });
  holding.push(() => held.release());
  try {
    holding.push(pubSub.subscribe(taskStopChannel(task.id), () => held.beatNow()));
  } catch (error) {
    logger.warn({ err: error }, "A stop cannot be woken up to; the next heartbeat sees it");
  }
  const passCancelPoint = (): void => {
    isCancelTooLate = true;
  };
  const assertHeld = (): void => {
    held.checkExpiry();
    leaseLost.signal.throwIfAborted();
  };
  return { signal: stopped.signal, leaseSignal: leaseLost.signal, wasPublishing, passCancelPoint, assertHeld };
}
