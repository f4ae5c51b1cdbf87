import type { Lease, Store } from "@agentbot/core";
import { isFinalStatus } from "@agentbot/core/adapter";
import type { Machine } from "./machine.js";
import type { Watch } from "./watch.js";

/** The store as one machine uses it, with every write that succeeds reported to the watch. */
export function watchedStore(store: Store, machine: Machine, watch: Watch): Store {
  const { inbox, tasks, commands, outbox, threads, effects, transcript, checkpoints, budgets } = store;
  const under =
    <Rest extends unknown[], Value>(what: string, write: (lease: Lease, ...rest: Rest) => Promise<Value>) =>
    async (lease: Lease, ...rest: Rest): Promise<Value> => {
      const value = await write(lease, ...rest);
      watch.writesUnder(lease.taskId, lease.fence, what);
      return value;
    };
  return {
    ...store,
    inbox: {
      ...inbox,
      async record(draft, request) {
        const recorded = await inbox.record(draft, request);
        if (recorded.status === "accepted" && recorded.taskId !== null && request.kind === "task") {
          const key = `${draft.endpoint} ${draft.dedupeKey ?? draft.bodySha256}`;
          // The thread as people see it, whatever the store takes it for.
          watch.accepts(recorded.taskId, request.draft.threadAliases[0] ?? "none", key);
        }
        return recorded;
      },
    },
    tasks: {
      ...tasks,
      async begin(taskId, options) {
        const begun = await tasks.begin(taskId, options);
        if (begun.status === "begun") watch.begins(machine, taskId, begun.lease.fence);
        return begun;
      },
      async settle(lease, settlement) {
        await tasks.settle(lease, settlement);
        watch.writesUnder(lease.taskId, lease.fence, "a settlement");
        watch.settles(lease.taskId, isFinalStatus(settlement.status));
      },
      async reopen(taskId) {
        const result = await tasks.reopen(taskId);
        if (result.status === "reopened") watch.reopens(taskId);
        return result;
      },
    },
    commands: {
      ...commands,
      async requestStop(taskId, reason) {
        const result = await commands.requestStop(taskId, reason);
        if (result === "cancelled") watch.cancels(taskId);
        return result;
      },
    },
    outbox: {
      ...outbox,
      async recover(limit) {
        const recovered = await outbox.recover(limit);
        for (const { id } of recovered) watch.recovers(id);
        return recovered;
      },
    },
    threads: {
      ...threads,
      link: under("an alias", threads.link),
      assignRepository: under("a repository", threads.assignRepository),
    },
    effects: {
      ...effects,
      intend: under("an intent", effects.intend),
      complete: under("an effect", effects.complete),
    },
    transcript: { ...transcript, append: under("a line", transcript.append) },
    checkpoints: { ...checkpoints, save: under("a checkpoint", checkpoints.save) },
    budgets: {
      ...budgets,
      async reserve(lease, amountUsd, limits) {
        const result = await budgets.reserve(lease, amountUsd, limits);
        watch.writesUnder(lease.taskId, lease.fence, "a reservation");
        if (result.status === "reserved") {
          const scopes = limits.map(({ scope }) => scope);
          watch.reserves(lease.taskId, lease.fence, scopes);
        }
        return result;
      },
      settle: under("spending", budgets.settle),
    },
  };
}
