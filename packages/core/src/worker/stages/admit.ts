import { dailyScope, millisecondsUntilTomorrow } from "../../budget/daily-scope.js";
import { taskBudgetLeftUsd } from "../../budget/task-budget.js";
import { AgentBotError } from "../../errors/agentbot-error.js";
import type { RepositoryPermission } from "../../ports/code-host.js";
import type { Checkpoint } from "../../task/checkpoint.js";
import type { Task } from "../../task/task.js";
import { checkQuotas, owingQuotas } from "../run/check-quotas.js";
import type { RunContext } from "../run/run-context.js";
import { EarlyEnd, type Stage } from "../stage.js";
import { explainFailure } from "../status/explain-failure.js";

/** What a run starts from. */
export interface Claimed {
  readonly task: Task;
}

/** A task that may be worked on. */
export interface Admitted extends Claimed {
  /** The branch the work builds on and the pull request goes to. */
  readonly baseBranch: string;
  /** What an earlier attempt left behind, or null. */
  readonly checkpoint: Checkpoint | null;
}

/**
 * How soon a budget that others have reserved is asked for again, in milliseconds: more seldom the longer it has waited,
 * since each time asks the provider too.
 */
const minReservedRetryMs = 60_000;
const maxReservedRetryMs = 600_000;

const mayTrigger: ReadonlySet<RepositoryPermission> = new Set<RepositoryPermission>(["admin", "maintain", "write"]);

/** Decides whether the task may run at all: attempts, stop, permission, quotas, target and budget, asked now and not at receipt. */
export const admit: Stage<Claimed, Admitted> = {
  name: "admit",
  run: async ({ task }, context) => {
    const { store } = context.parts;
    // Half of a change is worse than a stop that comes too late.
    if (task.cancelRequestedAt && !context.wasPublishing) {
      const explanation = task.fence > 1 ? "It was stopped." : "Stopped before it started.";
      return refuse(task.cancelReason ?? "stopped", explanation);
    }
    const checkpoint = await store.checkpoints.find(task.id);
    if (checkpoint?.isFinished) context.attempts.extendToPublish();
    if (task.attempt > context.attempts.count()) {
      throw new AgentBotError(
        "ATTEMPTS_EXHAUSTED",
        `Given up after ${context.attempts.count()} attempts that never reached an end.`,
      );
    }

    const refused = await owingQuotas(context, () => receive(task, context));
    if (refused) return refused;
    const parked = await checkQuotas(context);
    if (parked) return new EarlyEnd(parked);
    await context.status.show("Getting ready");

    const baseBranch = await findBaseBranch(task, context);
    if (baseBranch instanceof EarlyEnd) return baseBranch;
    if (!checkpoint?.isFinished) {
      const short = await reserveBudget(task, context);
      if (short) return short;
    }
    return { task, baseBranch, checkpoint };
  },
};

/** Only who may write to the repository gets more than a refusal. */
async function receive(task: Task, context: RunContext): Promise<EarlyEnd | null> {
  const permission = await context.codeHost.permission(task.repository, task.actor, context.signal);
  if (!mayTrigger.has(permission)) {
    const { owner, name } = task.repository;
    return refuse("not_permitted", `Only people who can write to ${owner}/${name} can ask for work here.`);
  }
  await acknowledge(task, context);
  return null;
}

/** The reaction is a courtesy: where it cannot be given, the task goes on. */
async function acknowledge({ origin }: Task, { conversation, signal, assertHeld, logger }: RunContext): Promise<void> {
  assertHeld();
  try {
    await conversation.acknowledge(origin, signal);
  } catch (error) {
    signal.throwIfAborted();
    logger.warn({ err: error }, "The request got no reaction; the task goes on");
  }
}

function refuse(reason: string, explanation: string): EarlyEnd {
  return new EarlyEnd({ status: "cancelled", reason, explanation });
}

/** Work asked for on a pull request builds on its branch; a fork's branch is not ours to push beside. */
async function findBaseBranch(
  { origin, repository }: Task,
  { codeHost, signal }: RunContext,
): Promise<string | EarlyEnd> {
  if (origin.pullRequestNumber === null) return repository.defaultBranch;
  const pullRequest = await codeHost.findPullRequest(repository, { number: origin.pullRequestNumber }, signal);
  if (!pullRequest) return refuse("pull_request_gone", "The pull request cannot be found any more.");
  if (pullRequest.isFromFork) return refuse("fork_unsupported", "Pull requests from forks cannot be worked on yet.");
  return pullRequest.headBranch;
}

async function reserveBudget(task: Task, { lease, parts, clock }: RunContext): Promise<EarlyEnd | null> {
  const { dailyBudgetUsd } = parts.settings;
  const leftUsd = taskBudgetLeftUsd(task, parts.settings);
  if (leftUsd <= 0) {
    return new EarlyEnd({ status: "failed", reason: "budget", explanation: explainFailure("budget") });
  }
  const now = clock.now();
  const limits = [{ scope: dailyScope(task.installationId, now), limitUsd: dailyBudgetUsd }];
  const reserved = await parts.store.budgets.reserve(lease, leftUsd, limits);
  if (reserved.status === "reserved") return null;
  const parked = { status: "queued", cause: "parked" } as const;
  const { spentUsd } = await parts.store.budgets.balance(reserved.scope);
  // Money that is only set aside may come back long before tomorrow.
  if (spentUsd + leftUsd <= dailyBudgetUsd) {
    const explanation = "The rest of today's budget is set aside for tasks that run now; this starts after them.";
    const ageMs = now.getTime() - task.createdAt.getTime();
    const delayMs = Math.min(Math.max(minReservedRetryMs, ageMs / 4), maxReservedRetryMs);
    return new EarlyEnd({ ...parked, reason: "budget", explanation, delayMs: Math.round(delayMs) });
  }
  const explanation = `Today's budget of $${dailyBudgetUsd} is used up; this starts by itself tomorrow (UTC).`;
  return new EarlyEnd({ ...parked, reason: "budget", explanation, delayMs: millisecondsUntilTomorrow(now) });
}
