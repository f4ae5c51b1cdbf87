import { z } from "zod";
import type { EffectLedger } from "../../ports/effect-ledger.js";
import { explainFailure } from "../../reasons/explain.js";
import type { PushedBranch, Task } from "../../task/task.js";
import type { RunContext } from "../run/run-context.js";
import type { EndOfRun, Stage } from "../stage.js";
import { pullRequestTexts } from "../texts/change-texts.js";
import type { Checkpointed } from "./checkpoint.js";

const pushedBranch = z.object({ branch: z.string(), url: z.string() });
const openedPullRequest = z.object({ number: z.number(), url: z.string(), threadAlias: z.string() });

/** The first effect of publishing: once it is intended, the change may be visible. */
const branchEffect = "branch";

/** Returns true if some of the task's change is at the code host, or may be there. */
export async function hasBegunToPublish({ id, fence }: Task, effects: EffectLedger): Promise<boolean> {
  if (fence === 1) return false;
  return (await effects.list(id)).some(({ kind }) => kind === branchEffect);
}

/** Returns the branch that a task has pushed, for people; null if it has not, or its address is unknown. */
export async function findPushedBranch({ id }: Pick<Task, "id">, effects: EffectLedger): Promise<PushedBranch | null> {
  const pushed = (await effects.list(id)).find(
    ({ kind, performedAt }) => kind === branchEffect && performedAt !== null,
  );
  const { success, data } = pushedBranch.safeParse(pushed?.result);
  return success ? { name: data.branch, url: data.url } : null;
}

/** Publishes the checkpoint: the branch, then its pull request, each exactly once. */
export const publishResult: Stage<Checkpointed, EndOfRun> = {
  name: "publish-result",
  run: async (checkpointed, context) => {
    const { outcome, checkpoint } = checkpointed;
    context.passCancelPoint();
    if (outcome.status === "failed") {
      const reason = outcome.reason ?? "agent_failed";
      return { status: "failed", reason, explanation: explainFailure(reason) };
    }
    const shown = { summary: outcome.summary, leftOut: checkpoint.leftOut };
    if (checkpoint.commit === null) {
      return { status: "succeeded", result: { ...shown, branch: null, commit: null, pullRequest: null } };
    }
    const refused = await checkAccess(checkpointed, context);
    if (refused) return refused;
    await context.status.showStep("Publishing the change");
    const branch = await pushBranch(checkpointed, checkpoint.commit, context);
    const pullRequest = await openPullRequest(checkpointed, branch, context);
    return { status: "succeeded", result: { ...shown, branch, commit: checkpoint.commit, pullRequest } };
  },
};

/** An actor who lost access while the agent worked gets nothing published; what an earlier attempt began is finished. */
async function checkAccess(
  { task, repository }: Checkpointed,
  { deps, signal, wasPublishing }: RunContext,
): Promise<EndOfRun | null> {
  if (wasPublishing) return null;
  const decision = await deps.access.decide({ task, repository }, { signal });
  if (decision.status === "allowed") return null;
  const { reason, explanation } = decision;
  deps.logger.info({ reason, explanation }, "Access was lost while the agent worked; nothing is published");
  return { status: "cancelled", reason, explanation };
}

/** Returns the branch, which an earlier attempt may have pushed under another prefix. */
async function pushBranch(
  { workspace, credential, branch }: Checkpointed,
  commit: string,
  { perform, signal }: RunContext,
): Promise<string> {
  const result = await perform({
    kind: branchEffect,
    // Publishing looks for itself: a branch that already has this commit is success.
    find: null,
    perform: async () => {
      await workspace.publish({ branch, commit, credential }, { signal });
      return { branch, commit, url: credential.branchUrl(branch) };
    },
  });
  return pushedBranch.parse(result).branch;
}

async function openPullRequest(
  { task, repository, codeHost, credential, baseBranch, mayUseDefaultBranch, outcome, checkpoint }: Checkpointed,
  headBranch: string,
  { perform, deps, lease, signal }: RunContext,
): Promise<{ number: number; url: string }> {
  const result = await perform({
    kind: "pull-request",
    mayPreexist: true,
    find: async () => {
      const found = await codeHost.findPullRequest(repository, { headBranch }, { signal });
      return found && { number: found.number, url: found.url, threadAlias: found.threadAlias };
    },
    perform: async () => {
      const { botName, pullRequestTexts: write } = deps.settings;
      const { diffStat } = checkpoint;
      const change = { task, repository, branch: headBranch, baseBranch, summary: outcome.summary, diffStat };
      const hostUrl = credential.branchUrl(headBranch);
      const texts = pullRequestTexts(change, { botName, write, hostUrl, logger: deps.logger });
      const draft = { headBranch, baseBranch, mayUseDefaultBranch, ...texts };
      const opened = await codeHost.openPullRequest(repository, draft, { signal });
      return { number: opened.number, url: opened.url, threadAlias: opened.threadAlias };
    },
  });
  const { number, url, threadAlias: alias } = openedPullRequest.parse(result);
  const { provider, tenant } = repository;
  await deps.store.threads.link(lease, { provider, tenant, alias });
  return { number, url };
}
