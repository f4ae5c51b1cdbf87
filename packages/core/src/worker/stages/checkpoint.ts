import type { CommitResult } from "../../ports/workspace-factory.js";
import type { AgentOutcome } from "../../task/agent-outcome.js";
import type { Checkpoint } from "../../task/checkpoint.js";
import type { RunContext } from "../run/run-context.js";
import type { Stage } from "../stage.js";
import type { Ran } from "./run-agent.js";

/** A task whose work is safe: whatever happens now, the agent is not run again. */
export interface Checkpointed extends Ran {
  readonly checkpoint: Checkpoint;
}

const noChange = { commit: null, diffStat: null, bundle: null } as const;

/** Commits what the agent left and stores it, with outcome, spending and session, before anything is published. */
export const checkpoint: Stage<Ran, Checkpointed> = {
  name: "checkpoint",
  isUnstoppable: true,
  run: async (ran, context) => {
    const stored = ran.checkpoint?.isFinished ? await restore(ran.checkpoint, ran, context) : await save(ran, context);
    // From here on the work is paid for: a failure to publish it must not be the end of it.
    context.attempts.extendToPublish();
    await context.spending.commit();
    return { ...ran, checkpoint: stored };
  },
};

/** Stores the usage and the session of a run without a result, so that the next attempt resumes it. */
export async function saveUnfinished(
  baseCommit: string,
  outcome: AgentOutcome,
  { deps, lease, leaseSignal, spending }: RunContext,
): Promise<void> {
  leaseSignal.throwIfAborted();
  await deps.store.checkpoints.save(lease, { isFinished: false, outcome, baseCommit, ...noChange });
  await spending.commit();
}

async function restore(stored: Checkpoint, { workspace }: Ran, { leaseSignal }: RunContext): Promise<Checkpoint> {
  if (stored.bundle && stored.commit) {
    await workspace.restore(stored.bundle, stored.commit, { signal: leaseSignal });
  }
  return stored;
}

async function save(ran: Ran, context: RunContext): Promise<Checkpoint> {
  const { workspace, outcome } = ran;
  const { baseCommit } = workspace;
  const work = await commitWork(ran, context).catch(async (error: unknown) => {
    // The money is spent, whatever becomes of the change.
    await saveUnfinished(baseCommit, outcome, context);
    throw error;
  });
  const { commit, diffStat, bundle } = work.status === "committed" ? work : noChange;
  const finished: Checkpoint = { isFinished: true, outcome, baseCommit, commit, diffStat, bundle };
  await context.deps.store.checkpoints.save(context.lease, finished);
  return finished;
}

async function commitWork({ task, workspace, outcome }: Ran, { leaseSignal, deps }: RunContext): Promise<CommitResult> {
  if (outcome.status === "failed") return { status: "unchanged" };
  const message = `${task.title}\n\nRequested at ${task.origin.url}\n`;
  return await workspace.commit({ message, at: task.createdAt, secrets: deps.secrets }, { signal: leaseSignal });
}
