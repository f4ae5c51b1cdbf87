import { AgentBotError } from "../../errors/agentbot-error.js";
import type { CleanupStack } from "../../lifecycle/cleanup-stack.js";
import type { ClaimedEntry } from "../../ports/task-queue.js";
import type { Lease } from "../../task/lease.js";
import type { Task } from "../../task/task.js";
import { taskStopChannel } from "../../task/task-channels.js";
import type { WorkerDeps } from "../worker-deps.js";
import { holdLease } from "./hold-lease.js";

/** A begun task with everything that holds it. */
export interface BegunTask {
  readonly task: Task;
  readonly lease: Lease;
  readonly entry: ClaimedEntry;
  /** The clock's monotonic time just before the store was called: the lease cannot have begun earlier. */
  readonly requestedAtMs: number;
  /** Aborts when the worker's grace period is over. */
  readonly shutdownSignal: AbortSignal;
}

/** Why a run was aborted from outside. */
export type StopReason = "lease-lost" | "cancelled" | "shutting-down";

/** The reason in an aborted run's signal: thrown by stages that wait on the signal. */
class RunStopped extends Error {
  override readonly name = "RunStopped";
  readonly reason: StopReason;

  constructor(reason: StopReason) {
    super(`The run was stopped: ${reason}`);
    this.reason = reason;
  }
}

/** The signals of a run: one for whatever stops it, one for the loss of its lease alone. */
export interface RunSignals {
  /** Aborts when the lease is lost, a stop was requested, or the worker shuts down; its reason is a {@link RunStopped}. */
  readonly signal: AbortSignal;
  /** Aborts only when the lease is lost: the end of a stopped run is still shown and stored. */
  readonly leaseSignal: AbortSignal;
}

/** A run that is held: its signals, and the point after which a requested stop comes too late. */
export interface HeldRun extends RunSignals {
  /** True if an earlier run had begun to publish: half of a change is worse than a stop that comes too late. */
  readonly wasPublishing: boolean;
  /** Marks the begin of publishing: from then on only a lost lease or the worker's shutdown stops the run. */
  readonly passCancelPoint: () => void;
  /**
   * Throws if the lease is lost. Called right before every outward write: a process that was paused receives the answers
   * that it waited for before its own timers run.
   */
  readonly assertHeld: () => void;
}

/**
 * Holds a begun task and listens for whatever may stop its run: a lost lease, a requested stop, the worker's shutdown.
 * `holding` ends all of it.
 */
export function holdRun(
  { task, lease, entry, requestedAtMs, shutdownSignal, wasPublishing }: BegunTask & Pick<HeldRun, "wasPublishing">,
  { store, pubSub, clock, logger, outages, settings }: WorkerDeps,
  holding: CleanupStack,
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
  if (task.cancelRequestedAt) stop("cancelled");

  const { leaseMs } = settings;
  const held = holdLease({
    ...{ lease, leaseMs, requestedAtMs, tasks: store.tasks, entry, clock, logger, outages },
    onStop: stop,
  });
  holding.push(() => held.release());
  try {
    holding.push(pubSub.subscribe(taskStopChannel(task.id), () => held.beatNow()));
  } catch (error) {
    logger.warn({ err: error }, "Stop messages cannot be subscribed to; the next heartbeat sees a stop");
  }
  return {
    signal: stopped.signal,
    leaseSignal: leaseLost.signal,
    wasPublishing,
    passCancelPoint: () => {
      isCancelTooLate = true;
    },
    assertHeld: () => {
      held.checkExpiry();
      leaseLost.signal.throwIfAborted();
    },
  };
}

/**
 * Returns why the run was stopped: as its signals say, or because a fenced write was refused; null if it was not. A lost
 * lease outweighs every other reason, because nothing may be written after it.
 */
export function stopReasonOf(error: unknown, { signal, leaseSignal }: RunSignals): StopReason | null {
  if (leaseSignal.aborted || AgentBotError.hasCode(error, "LEASE_LOST")) return "lease-lost";
  return signal.reason instanceof RunStopped ? signal.reason.reason : null;
}
