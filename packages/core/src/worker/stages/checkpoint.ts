import type { CommitResult } from "../../ports/workspace-factory.js";
import type { Checkpoint } from "../../task/checkpoint.js";
import { keepUnfinished } from "../run/keep-unfinished.js";
import type { RunContext } from "../run/run-context.js";
import type { Stage } from "../stage.js";
import type { Ran } from "./run-agent.js";

/** A task whose work is safe: whatever happens now, the agent is not run again. */
export interface Checkpointed extends Ran {
  readonly checkpoint: Checkpoint;
}

/** Commits what the agent left and stores it, with outcome, spending and session, before anything is published. */
export const checkpoint: Stage<Ran, Checkpointed> = {
  name: "checkpoint",
  isUnstoppable: true,
  run: async (ran, context) => {
    const saved = ran.checkpoint?.isFinished ? await bringBack(ran.checkpoint, ran, context) : await save(ran, context);
    await context.books.settle();
    return { ...ran, checkpoint: saved };
  },
};

async function bringBack(saved: Checkpoint, { workspace }: Ran, { leaseSignal }: RunContext): Promise<Checkpoint> {
  if (saved.bundle && saved.commit) await workspace.restore(saved.bundle, saved.commit, leaseSignal);
  return saved;
}

async function save(ran: Ran, context: RunContext): Promise<Checkpoint> {
  const { workspace, outcome } = ran;
  const work = await commitWork(ran, context).catch(async (error: unknown) => {
    // The money is spent, whatever becomes of the change.
    await keepUnfinished(workspace.baseCommit, outcome, context);
    throw error;
  });
  const nothing = { commit: null, diffStat: null, bundle: null };
  const { commit, diffStat, bundle } = work.status === "committed" ? work : nothing;
  const saved: Checkpoint = { isFinished: true, outcome, baseCommit: workspace.baseCommit, commit, diffStat, bundle };
  await context.parts.store.checkpoints.save(context.lease, saved);
  return saved;
}

async function commitWork(
  { task, workspace, outcome }: Ran,
  { leaseSignal, parts }: RunContext,
): Promise<CommitResult> {
  if (outcome.status === "failed") return { status: "unchanged" };
  const message = commitMessage(task.title, task.origin.url);
  return await workspace.commit({ message, at: task.createdAt, secrets: parts.secrets, signal: leaseSignal });
}

function commitMessage(title: string, url: string): string {
  return `${title}\n\nAsked for at ${url}\n`;
}
