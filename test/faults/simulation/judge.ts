import type { Store, TaskSummary } from "@agentbot/core";
import { isFinalStatus } from "@agentbot/core/adapter";
import type { FakeProvider } from "@agentbot/core/testing";
import type { MemoryBranches } from "../one-process/memory-workspaces.js";
import type { People } from "./people.js";
import type { Plan } from "./plan.js";
import type { Watch } from "./watch.js";

/** The state when a simulation is over. */
export interface Remains {
  readonly plan: Plan;
  readonly watch: Watch;
  readonly people: People;
  readonly tasks: readonly TaskSummary[];
  readonly remote: MemoryBranches;
  readonly provider: FakeProvider;
  readonly store: Store;
}

/** Ledgers count millionths of a dollar. */
const leastUsd = 0.000_001;

function count<Key>(keys: Iterable<Key>): ReadonlyMap<Key, number> {
  const counts = new Map<Key, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

function* judgeTasks({ people, watch, tasks }: Remains): Generator<string> {
  if (people.waiting > 0) yield `${people.waiting} senders were never answered`;
  for (const { id, status, reason, attempt, notBefore } of tasks) {
    if (!isFinalStatus(status))
      yield `task ${id} never ended: ${status} (${reason}), attempt ${attempt}, not before ${notBefore?.toISOString()}`;
  }
  for (const [message, ids] of people.told) {
    if (ids.size !== 1) yield `the senders of message ${message} were told of ${[...ids].join(" and ")}`;
    for (const id of ids)
      if (!watch.tasks.has(id)) yield `message ${message} was promised task ${id}, which is not there`;
  }
}

function* judgeEffects({ plan, tasks, remote, provider }: Remains): Generator<string> {
  const { conversation, codeHost } = provider;
  for (const [id, comments] of count(conversation.messages.map(({ taskId }) => taskId ?? "")))
    if (comments > 1) yield `task ${id} has ${comments} comments`;
  const pullRequests = count(codeHost.pullRequests.map(({ headBranch }) => headBranch));
  for (const [branch, number] of pullRequests) if (number > 1) yield `${branch} has ${number} pull requests`;
  if (remote.conflictCount > 0) yield `a branch was to be moved ${remote.conflictCount} times`;
  for (const { id, status, result, attempt } of tasks) {
    if (status !== "succeeded") continue;
    // On its last attempt a task may end without an updated message: the work that was done counts.
    const isShown = conversation.messages.some(({ taskId, view }) => taskId === id && view?.state === "succeeded");
    if (!isShown && attempt < plan.maxAttempts) yield `task ${id} succeeded and its status message does not show it`;
    if (result?.branch && remote.branches.get(result.branch) !== result.commit) yield `task ${id} has no branch`;
    if (result?.branch && !pullRequests.has(result.branch)) yield `task ${id} has no pull request`;
  }
}

async function judgeMoney({ plan, watch, tasks, store }: Remains): Promise<readonly string[]> {
  const wrong: string[] = [];
  const scopes = new Set(watch.spentUsd.keys());
  for (const scope of scopes) {
    const reallyUsd = watch.spentUsd.get(scope) ?? 0;
    const { reservedUsd, spentUsd } = await store.budgets.balance(scope);
    if (reallyUsd > plan.dailyBudgetUsd + leastUsd) wrong.push(`$${reallyUsd} of $${plan.dailyBudgetUsd} was spent`);
    if (spentUsd + reservedUsd > plan.dailyBudgetUsd + leastUsd) wrong.push(`$${spentUsd} is on the books of ${scope}`);
    if (reallyUsd > spentUsd + reservedUsd + 10 * leastUsd)
      wrong.push(`$${reallyUsd} was spent and $${spentUsd} is on the books`);
    if (reservedUsd !== 0 && tasks.every(({ status }) => isFinalStatus(status)))
      wrong.push(`$${reservedUsd} is set aside for nobody`);
  }
  return wrong;
}

/** Everything that is wrong with what is left, in words. */
export async function judge(remains: Remains): Promise<readonly string[]> {
  return [...judgeTasks(remains), ...judgeEffects(remains), ...(await judgeMoney(remains))];
}
