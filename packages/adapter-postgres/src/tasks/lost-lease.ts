import { AgentBotError, type Lease } from "@agentbot/core";

/** The error of a write under a lease that is no longer the task's newest. */
export function lostLease({ taskId, fence }: Lease): AgentBotError {
  return new AgentBotError(
    "LEASE_LOST",
    `The lease with fence ${fence} on the task no longer holds: it was taken over, recovered or settled. Write nothing more.`,
    { details: { taskId, fence } },
  );
}
