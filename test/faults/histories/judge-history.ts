import type { FakeProvider } from "@agentbot/core/testing";
import type { MemoryBranches } from "../one-process/memory-workspaces.js";
import type { Model } from "./model.js";
import type { Servers } from "./servers.js";

/** The state when a history is over and every task has ended. */
export interface Leftovers {
  readonly provider: FakeProvider;
  readonly remote: MemoryBranches;
  readonly model: Model;
  readonly servers: Servers;
  /** The tasks in the order in which they first began. */
  readonly begun: readonly string[];
}

function* judgeEffects({ provider, remote, model }: Leftovers): Generator<string> {
  const states = new Map<string, readonly string[]>();
  for (const { taskId, view } of provider.conversation.messages) {
    if (taskId !== null && view !== null) states.set(taskId, [...(states.get(taskId) ?? []), view.state]);
  }
  for (const [id, own] of states) if (own.length > 1) yield `task ${id} has ${own.length} comments`;
  const heads = provider.codeHost.pullRequests.map(({ headBranch }) => headBranch);
  if (new Set(heads).size < heads.length) yield `${heads.length - new Set(heads).size} pull requests are there twice`;
  if (remote.conflictCount > 0) yield `a branch was to be moved ${remote.conflictCount} times`;
  for (const { id, end } of model.tasks.values()) {
    const branch = `agentbot/${id}`;
    if (end === "succeeded" && !remote.branches.has(branch)) yield `task ${id} has no branch`;
    if (end === "succeeded" && !heads.includes(branch)) yield `task ${id} has no pull request`;
    if (remote.branches.has(branch) !== heads.includes(branch)) yield `half of task ${id} is published`;
    const [state = "nothing"] = states.get(id) ?? [];
    if (end === "succeeded" && state !== "succeeded")
      yield `task ${id} succeeded, and its status message shows ${state}`;
  }
}

function* judgeOrder({ model, begun }: Leftovers): Generator<string> {
  const last = new Map<number, number>();
  const places = new Map([...model.tasks.keys()].map((id, place) => [id, place]));
  for (const id of begun) {
    const place = places.get(id) ?? -1;
    const { thread = 0, wasReopened = false } = model.tasks.get(id) ?? {};
    // One that was stopped before it ever began begins where it was put when it was asked for again.
    if (wasReopened) continue;
    if (place < (last.get(thread) ?? -1)) yield `task ${id} began after a later one of its thread`;
    last.set(thread, place);
  }
}

/** Everything that is wrong with what is left, in words. */
export async function judgeHistory(left: Leftovers): Promise<readonly string[]> {
  const reservedUsd = await left.servers.reservedUsd();
  const money = reservedUsd === 0 ? [] : [`$${reservedUsd} is set aside for nobody`];
  return [...judgeEffects(left), ...judgeOrder(left), ...money];
}
