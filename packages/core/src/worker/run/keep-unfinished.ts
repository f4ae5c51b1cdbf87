import type { AgentOutcome } from "../../task/agent-outcome.js";
import type { RunContext } from "./run-context.js";

/** What a run without a result has spent and said is not lost: the next attempt resumes its session. */
export async function keepUnfinished(
  baseCommit: string,
  outcome: AgentOutcome,
  { parts, lease, leaseSignal, books }: RunContext,
): Promise<void> {
  leaseSignal.throwIfAborted();
  const nothing = { commit: null, diffStat: null, bundle: null };
  await parts.store.checkpoints.save(lease, { isFinished: false, outcome, baseCommit, ...nothing });
  await books.settle();
}
