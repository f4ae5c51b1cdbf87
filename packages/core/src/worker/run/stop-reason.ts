import { AgentBotError } from "../../errors/agentbot-error.js";

/** Why a run was aborted from outside. */
export type StopReason = "lease-lost" | "cancelled" | "shutting-down";

/** What an aborted run's signal carries: stages that wait on the signal throw it. */
export class RunStopped extends Error {
  override readonly name = "RunStopped";
  readonly reason: StopReason;

  constructor(reason: StopReason) {
    super(`The run was stopped: ${reason}`);
    this.reason = reason;
  }
}

/** The signals of a run: one for whatever stops it, one for the loss of its lease alone. */
export interface RunSignals {
  readonly signal: AbortSignal;
  readonly leaseSignal: AbortSignal;
}

/** What holds a run: its signals, and the point after which a stop that is asked for comes too late. */
export interface HeldRun extends RunSignals {
  /** An earlier run had begun to publish: a stop that is asked for now comes too late. */
  readonly wasPublishing: boolean;
  /** From now on the run publishes: half of it must not be left standing, so only a lost lease or the worker's end stops it. */
  readonly passCancelPoint: () => void;
  /**
   * Throws when the lease is lost. Asked right before every outward write: a process that was stopped for a while hears the
   * answers it waited for before its own timers, which would have told it.
   */
  readonly assertHeld: () => void;
}

/**
 * Why the run was stopped: as its signals say, or because a fenced write was refused. Null when it wasn't. A lost lease
 * outweighs every other reason, since after it nothing may be written.
 */
export function stopReasonOf(error: unknown, { signal, leaseSignal }: RunSignals): StopReason | null {
  if (leaseSignal.aborted || AgentBotError.hasCode(error, "LEASE_LOST")) return "lease-lost";
  return signal.reason instanceof RunStopped ? signal.reason.reason : null;
}
