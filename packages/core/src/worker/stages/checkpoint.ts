import type { Checkpoint } from "../../task/checkpoint.js";
import { redactSecrets } from "../../text/redact-secrets.js";
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
  run: async (ran, context) => {
    const saved = ran.checkpoint?.isFinished ? await bringBack(ran.checkpoint, ran, context) : await save(ran, context);
    await context.parts.store.budgets.settle(context.lease, ran.outcome.usage.costUsd);
    return { ...ran, checkpoint: saved };
  },
};

async function bringBack(saved: Checkpoint, { workspace }: Ran, { signal }: RunContext): Promise<Checkpoint> {
  if (saved.bundle && saved.commit) await workspace.restore(saved.bundle, saved.commit, signal);
  return saved;
}

async function save({ task, workspace, outcome }: Ran, { parts, lease, signal }: RunContext): Promise<Checkpoint> {
  const summary = redactSecrets(outcome.summary, parts.secrets);
  const base = { isFinished: true, outcome: { ...outcome, summary }, baseCommit: workspace.baseCommit };
  const work =
    outcome.status === "succeeded"
      ? await workspace.commit({ message: commitMessage(task.title, task.origin.url), at: task.createdAt, signal })
      : ({ status: "unchanged" } as const);
  const { commit, bundle } = work.status === "committed" ? work : { commit: null, bundle: null };
  const saved: Checkpoint = { ...base, commit, bundle };
  await parts.store.checkpoints.save(lease, saved);
  return saved;
}

function commitMessage(title: string, url: string): string {
  return `${title}\n\nAsked for at ${url}\n`;
}
