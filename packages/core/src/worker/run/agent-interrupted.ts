import { AgentBotError } from "../../errors/agentbot-error.js";
import { type AgentFailureReason, type AgentOutcome, agentFailureReasonSchema } from "../../task/agent-outcome.js";

/** The error of an agent's run that failed and may succeed when tried again; it keeps the agent's own reason. */
export function agentInterrupted({ reason, turns }: AgentOutcome): AgentBotError {
  const agentReason = reason ?? "agent_interrupted";
  return new AgentBotError("AGENT_INTERRUPTED", `The agent's run failed (${agentReason}) and may be tried again`, {
    details: { reason: agentReason, turns },
  });
}

/** The agent's own reason inside such an error; null for every other error. */
export function agentFailureReasonOf(error: unknown): AgentFailureReason | null {
  if (!AgentBotError.hasCode(error, "AGENT_INTERRUPTED")) return null;
  return agentFailureReasonSchema.safeParse(error.details["reason"]).data ?? null;
}
