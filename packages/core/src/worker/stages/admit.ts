import { dailyScope, millisecondsUntilTomorrow } from "../../budget/daily-scope.js";
import { AgentBotError } from "../../errors/agentbot-error.js";
import type { RepositoryPermission } from "../../ports/code-host.js";
import type { Checkpoint } from "../../task/checkpoint.js";
import type { Task } from "../../task/task.js";
import type { RunContext } from "../run/run-context.js";
import { EarlyEnd, type Stage } from "../stage.js";

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

const mayTrigger: ReadonlySet<RepositoryPermission> = new Set<RepositoryPermission>(["admin", "maintain", "write"]);

/** Decides whether the task may run at all: attempts, stop, permission, target and budget, asked now and not at receipt. */
export const admit: Stage<Claimed, Admitted> = {
  name: "admit",
  run: async ({ task }, context) => {
    const { settings, store } = context.parts;
    if (task.attempt > settings.maxAttempts) {
      throw new AgentBotError(
        "ATTEMPTS_EXHAUSTED",
        `Given up after ${settings.maxAttempts} attempts that never reached an end.`,
      );
    }
    if (task.cancelRequestedAt) return refuse("stopped", "Stopped before it started.");

    const permission = await context.codeHost.permission(task.repository, task.actor, context.signal);
    if (!mayTrigger.has(permission)) {
      const { owner, name } = task.repository;
      return refuse("not_permitted", `Only people who can write to ${owner}/${name} can ask for work here.`);
    }
    await context.conversation.acknowledge(task.origin, context.signal);
    await context.status.show("Getting ready");

    const baseBranch = await findBaseBranch(task, context);
    if (baseBranch instanceof EarlyEnd) return baseBranch;
    const checkpoint = await store.checkpoints.find(task.id);
    if (!checkpoint?.isFinished) {
      const parked = await reserveBudget(task, context);
      if (parked) return parked;
    }
    return { task, baseBranch, checkpoint };
  },
};

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
  const { taskBudgetUsd, dailyBudgetUsd } = parts.settings;
  const now = clock.now();
  const limits = [{ scope: dailyScope(task.installationId, now), limitUsd: dailyBudgetUsd }];
  const reserved = await parts.store.budgets.reserve(lease, taskBudgetUsd, limits);
  if (reserved.status === "reserved") return null;
  return new EarlyEnd({
    status: "queued",
    cause: "parked",
    reason: "budget",
    explanation: `Today's budget of $${dailyBudgetUsd} is used up; this starts by itself tomorrow (UTC).`,
    delayMs: millisecondsUntilTomorrow(now),
  });
}
