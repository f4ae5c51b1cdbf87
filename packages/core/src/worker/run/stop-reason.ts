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

/** Why the run was stopped: as its signal says, or because a fenced write was refused. Null when it wasn't. */
export function stopReasonOf(error: unknown, signal: AbortSignal): StopReason | null {
  if (AgentBotError.hasCode(error, "LEASE_LOST")) return "lease-lost";
  return signal.reason instanceof RunStopped ? signal.reason.reason : null;
}
