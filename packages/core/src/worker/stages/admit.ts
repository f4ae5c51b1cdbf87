import { dailyScope, millisecondsUntilTomorrow, taskBudgetLeftUsd } from "../../budget/task-budget.js";
import { AgentBotError } from "../../errors/agentbot-error.js";
import { explainEnd, explainFailure } from "../../reasons/explain.js";
import type { Checkpoint } from "../../task/checkpoint.js";
import type { Task } from "../../task/task.js";
import { refuse } from "../run/refuse.js";
import type { RunContext } from "../run/run-context.js";
import { checkQuota, deferQuotaCharge, quotasOf } from "../run/task-quotas.js";
import { cancelledEarly, EarlyEnd, type Stage } from "../stage.js";
import { type Resolved, rememberRepository } from "./resolve-repository.js";

/** A task that may be worked on. */
export interface Admitted extends Resolved {
  /** The branch that the work builds on and the pull request goes to. */
  readonly baseBranch: string;
  /** The commit that the work builds on: that of a pull request when it was requested; null for the branch's newest. */
  readonly baseCommit: string | null;
  /** True if the default branch may take its place: not for an open pull request, whose commits are on no other branch. */
  readonly mayUseDefaultBranch: boolean;
  /** The checkpoint of an earlier attempt, or null. */
  readonly checkpoint: Checkpoint | null;
  /** Rules of the tools that the agent may use, or null for its runner's default. */
  readonly allowedTools: readonly string[] | null;
}

/** The kind of effect that records the commit of a pull request whose event names none. */
const headEffect = "head-commit";

/**
 * Bounds of the wait for a budget that other tasks have reserved, in milliseconds: the longer a task has waited, the rarer
 * its tries, since each one calls the provider too.
 */
const minReservedRetryMs = 60_000;
const maxReservedRetryMs = 600_000;

/** Decides whether the task may run: quotas, access, attempts, target branch and budget, checked now and not at receipt. */
export const admit: Stage<Resolved, Admitted> = {
  name: "admit",
  run: async (resolved, context) => {
    const { task } = resolved;
    const { attempts, status, deps } = context;
    const checkpoint = await deps.store.checkpoints.find(task.id);
    if (checkpoint?.isFinished) attempts.extendToPublish();
    const { user, repository } = quotasOf(resolved, deps.quotas);
    const overQuota = await checkQuota(user, repository, context);
    // Also over the quota: an actor without access waits for nothing, and sees no answer.
    const access = await deferQuotaCharge(repository, context, () => receive(resolved, context));
    if (access instanceof EarlyEnd) return access;
    if (overQuota) return new EarlyEnd(overQuota);
    await rememberRepository(resolved, context);
    const parked = await checkQuota(repository, null, context);
    if (parked) return new EarlyEnd(parked);
    await status.showStep("Getting ready");

    const base = await findBase(resolved, context);
    if (base instanceof EarlyEnd) return base;
    const refused = checkpoint?.isFinished ? null : await reserveBudget(task, context);
    return refused ?? { ...resolved, ...base, checkpoint, allowedTools: access.allowedTools };
  },
};

/** An actor without access gets not even the reaction, and no message that the attempts are used up. */
async function receive(
  { task, repository }: Resolved,
  context: RunContext,
): Promise<EarlyEnd | Pick<Admitted, "allowedTools">> {
  const { attempts, access, deps, signal } = context;
  const decision = await deps.access.decide({ task, repository }, { signal });
  if (decision.status === "refused") return await refuse(decision, context);
  access.isGranted = true;
  if (task.attempt > attempts.allowed()) {
    const message = `Given up after ${attempts.allowed()} attempts that never reached an end.`;
    throw new AgentBotError("ATTEMPTS_EXHAUSTED", message);
  }
  await acknowledge(context);
  return decision;
}

/** The reaction is a courtesy: the task continues without it. */
async function acknowledge({ task, conversation, signal, assertHeld, deps }: RunContext): Promise<void> {
  assertHeld();
  try {
    await conversation.acknowledge(task.origin, { signal });
  } catch (error) {
    signal.throwIfAborted();
    deps.logger.warn({ err: error }, "The request could not be acknowledged; the task continues");
  }
}

/** Work requested on a pull request of its repository builds on its branch; a fork's branch is in another repository. */
async function findBase(
  { task: { origin }, repository, codeHost }: Resolved,
  context: RunContext,
): Promise<EarlyEnd | Pick<Admitted, "baseBranch" | "baseCommit" | "mayUseDefaultBranch">> {
  const { signal } = context;
  const { provider, pullRequest: named } = origin;
  const isHere = named !== null && provider === repository.provider && named.repositoryId === repository.id;
  if (!isHere) return { baseBranch: repository.defaultBranch, baseCommit: null, mayUseDefaultBranch: true };
  const pullRequest = await codeHost.findPullRequest(repository, { number: named.number }, { signal });
  if (!pullRequest) return cancelledEarly("pull_request_gone", explainEnd("pull_request_gone"));
  // Nothing can be added to what was merged, and its branch is often deleted then.
  if (pullRequest.state === "merged")
    return { baseBranch: pullRequest.baseBranch, baseCommit: null, mayUseDefaultBranch: true };
  if (pullRequest.isFromFork) return cancelledEarly("fork_unsupported", explainEnd("fork_unsupported"));
  const baseCommit = named.headCommit ?? (await freezeHead(pullRequest.headCommit, context));
  return { baseBranch: pullRequest.headBranch, baseCommit, mayUseDefaultBranch: false };
}

/**
 * Returns the commit that the task's first run has seen: what is pushed to the branch later, maybe by another person, is not
 * a part of what was requested.
 */
async function freezeHead(headCommit: string, { task, lease, deps }: RunContext): Promise<string> {
  const { effects } = deps.store;
  const key = `${task.id}/${headEffect}`;
  const intent = await effects.intend(lease, { key, kind: headEffect });
  if (intent.status === "performed") return String(intent.result);
  await effects.complete(lease, key, headCommit);
  return headCommit;
}

async function reserveBudget(task: Task, { lease, deps }: RunContext): Promise<EarlyEnd | null> {
  const { store, settings, clock } = deps;
  const { dailyBudgetUsd } = settings;
  const leftUsd = taskBudgetLeftUsd(task, settings);
  if (leftUsd <= 0) {
    return new EarlyEnd({ status: "failed", reason: "budget", explanation: explainFailure("budget") });
  }
  const now = clock.now();
  const limits = [{ scope: dailyScope(task.installationId, now), limitUsd: dailyBudgetUsd }];
  const reserved = await store.budgets.reserve(lease, leftUsd, limits);
  if (reserved.status === "reserved") return null;
  const parked = { status: "queued", cause: "parked", reason: "budget" } as const;
  const { spentUsd } = await store.budgets.balance(reserved.scope);
  // A reservation that is not spent is given back long before tomorrow.
  if (spentUsd + leftUsd <= dailyBudgetUsd) {
    const explanation = "The rest of today's budget is reserved for running tasks; this starts after them.";
    const ageMs = now.getTime() - task.createdAt.getTime();
    const delayMs = Math.min(Math.max(minReservedRetryMs, ageMs / 4), maxReservedRetryMs);
    return new EarlyEnd({ ...parked, explanation, delayMs: Math.round(delayMs) });
  }
  const explanation = `Today's budget of $${dailyBudgetUsd} is used up; this starts by itself tomorrow (UTC).`;
  return new EarlyEnd({ ...parked, explanation, delayMs: millisecondsUntilTomorrow(now) });
}
