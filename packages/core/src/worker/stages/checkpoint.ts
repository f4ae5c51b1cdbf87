import { AgentBotError } from "../../errors/agentbot-error.js";
import { type BackOff, backOffMs } from "../../lifecycle/back-off.js";
import type { CommitResult } from "../../ports/workspace-factory.js";
import type { AgentOutcome } from "../../task/agent-outcome.js";
import type { Checkpoint } from "../../task/checkpoint.js";
import type { RunContext } from "../run/run-context.js";
import type { Stage } from "../stage.js";
import { commitMessage } from "../texts/change-texts.js";
import type { Ran } from "./run-agent.js";

/** A task whose work is safe: whatever happens now, the agent is not run again. */
export interface Checkpointed extends Ran {
  readonly checkpoint: Checkpoint;
}

/** Maximum number of tries to commit a change, and to store what was paid for. */
const maxCommitTries = 4;
const maxStoreTries = 30;
const tryBackOff: BackOff = { baseMs: 500, capMs: 10_000 };

const noChange = { commit: null, diffStat: null, leftOut: null, bundle: null } as const;

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
export async function saveUnfinished(baseCommit: string, outcome: AgentOutcome, context: RunContext): Promise<void> {
  context.leaseSignal.throwIfAborted();
  await store({ isFinished: false, outcome, baseCommit, ...noChange }, context);
  await context.spending.commit();
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
  const work = await whileHeld(() => commitWork(ran, context), maxCommitTries, context).catch(
    async (error: unknown) => {
      // The money is spent, whatever becomes of the change.
      await saveUnfinished(baseCommit, outcome, context);
      throw context.signal.aborted ? error : notCommitted(error);
    },
  );
  const { leftOut, ...kept } = workOf(work);
  // It names files, whose names are the agent's.
  const shown = { leftOut: leftOut && context.secrets.redact(leftOut) };
  const finished: Checkpoint = { isFinished: true, outcome, baseCommit, ...kept, ...shown };
  await store(finished, context);
  return finished;
}

function workOf(work: CommitResult): Pick<Checkpoint, keyof typeof noChange> {
  if (work.status === "unchanged") return { ...noChange, leftOut: work.leftOut };
  const { commit, diffStat, leftOut, bundle } = work;
  return { commit, diffStat, leftOut, bundle };
}

/** An error that another attempt might cure becomes a final one: the attempt would run the agent again. */
function notCommitted(error: unknown): unknown {
  if (AgentBotError.isInstance(error) && !error.isRetryable) return error;
  return new AgentBotError("CHANGE_NOT_COMMITTED", "The agent's change could not be committed", { cause: error });
}

async function store(checkpoint: Checkpoint, context: RunContext): Promise<void> {
  const { deps, lease } = context;
  await whileHeld(() => deps.store.checkpoints.save(lease, checkpoint), maxStoreTries, context);
}

/** Repeats work that failed and may succeed later, while the lease is held and the worker does not shut down. */
async function whileHeld<Result>(
  work: () => Promise<Result>,
  maxTries: number,
  { signal, leaseSignal, deps: { clock, logger, random } }: RunContext,
): Promise<Result> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      const isFinal = AgentBotError.isInstance(error) && !error.isRetryable;
      if (isFinal || tries === maxTries || signal.aborted) throw error;
      logger.warn({ err: error, tries }, "The agent's work could not be kept yet; it is tried again");
      // A shutdown ends the wait: one last try follows it.
      await clock.sleep(backOffMs(tries, tryBackOff, random), signal);
      leaseSignal.throwIfAborted();
    }
  }
}

async function commitWork(
  { task, workspace, outcome }: Ran,
  { leaseSignal, deps, secrets }: RunContext,
): Promise<CommitResult> {
  if (outcome.status === "failed") return { status: "unchanged", leftOut: null };
  const message = commitMessage(task, deps.settings.botName);
  return await workspace.commit({ message, at: task.createdAt, secrets: secrets.all() }, { signal: leaseSignal });
}
