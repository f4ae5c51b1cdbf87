import { freshId } from "@agentbot/core/testing";
import { testBrokenStores } from "./support/broken-stores.js";
import { newestLease } from "./support/newest-lease.js";

testBrokenStores([
  {
    fault: "effects that ignore the fence",
    about: /effects: (intend|complete) is refused after another/,
    breaking: (store) => ({
      effects: {
        ...store.effects,
        intend: async (lease, effect) => await store.effects.intend(await newestLease(store, lease), effect),
        complete: async (lease, key, result) =>
          await store.effects.complete(await newestLease(store, lease), key, result),
      },
    }),
  },
  {
    fault: "a transcript that ignores the fence",
    about: /transcript: append is refused after another/,
    breaking: (store) => ({
      transcript: {
        ...store.transcript,
        append: async (lease, events) => await store.transcript.append(await newestLease(store, lease), events),
      },
    }),
  },
  {
    fault: "checkpoints and threads that ignore the fence",
    about: /(checkpoints: save|threads: (link|assignRepository)) is refused after another/,
    breaking: (store) => ({
      checkpoints: {
        ...store.checkpoints,
        save: async (lease, checkpoint) => await store.checkpoints.save(await newestLease(store, lease), checkpoint),
      },
      threads: {
        ...store.threads,
        link: async (lease, alias) => await store.threads.link(await newestLease(store, lease), alias),
        assignRepository: async (lease, repository) =>
          await store.threads.assignRepository(await newestLease(store, lease), repository),
      },
    }),
  },
  {
    fault: "budgets that ignore the fence",
    about: /budgets: (reserve|settle) is refused after another/,
    breaking: (store) => ({
      budgets: {
        ...store.budgets,
        reserve: async (lease, amountUsd, limits) =>
          await store.budgets.reserve(await newestLease(store, lease), amountUsd, limits),
        settle: async (lease, spentUsd) => await store.budgets.settle(await newestLease(store, lease), spentUsd),
      },
    }),
  },
  {
    fault: "a heartbeat that never returns cancel",
    about: /(commands: requestStop of a running task|inbox: (suspended|deleted) ends waiting tasks)/,
    breaking: (store) => ({
      tasks: {
        ...store.tasks,
        heartbeat: async (lease, leaseMs) => {
          const result = await store.tasks.heartbeat(lease, leaseMs);
          return result === "cancel" ? "held" : result;
        },
      },
    }),
  },
  {
    fault: "seqs with gaps",
    about: /transcript: (events come back|concurrent batches)/,
    breaking: (store) => ({
      transcript: {
        ...store.transcript,
        read: async (taskId, range) =>
          (await store.transcript.read(taskId, range)).map((event) => ({ ...event, seq: event.seq * 2 })),
      },
    }),
  },
  {
    fault: "bundles that went through a text column",
    about: /checkpoints: a checkpoint comes back byte for byte/,
    breaking: (store) => ({
      checkpoints: {
        ...store.checkpoints,
        save: (lease, checkpoint) => {
          const text = Buffer.from(checkpoint.bundle ?? []).toString("utf8");
          return store.checkpoints.save(lease, { ...checkpoint, bundle: Buffer.from(text) });
        },
      },
    }),
  },
  {
    fault: "finished checkpoints that are replaced",
    about: /checkpoints: a finished checkpoint is never replaced/,
    breaking: (store) => ({
      checkpoints: {
        ...store.checkpoints,
        save: (lease, checkpoint) => store.checkpoints.save(lease, { ...checkpoint, isFinished: false }),
      },
    }),
  },
  {
    fault: "budgets that check the first limit only",
    about: /budgets: (a reservation that does not fit|of 50 parallel)/,
    breaking: (store) => ({
      budgets: {
        ...store.budgets,
        reserve: (lease, amountUsd, [first, ...others]) =>
          store.budgets.reserve(lease, amountUsd, [
            ...(first ? [first] : []),
            ...others.map(({ scope }) => ({ scope, limitUsd: 1e6 })),
          ]),
      },
    }),
  },
  {
    fault: "budgets that check first and reserve later",
    about: /budgets: of 50 parallel/,
    breaking: (store) => ({
      budgets: {
        ...store.budgets,
        reserve: async (lease, amountUsd, limits) => {
          for (const { scope, limitUsd } of limits) {
            const { reservedUsd, spentUsd } = await store.budgets.balance(scope);
            const availableUsd = limitUsd - reservedUsd - spentUsd;
            if (amountUsd > availableUsd) return { status: "refused", scope, availableUsd };
          }
          const unlimited = limits.map(({ scope }) => ({ scope, limitUsd: 1e6 }));
          return await store.budgets.reserve(lease, amountUsd, unlimited);
        },
      },
    }),
  },
  {
    fault: "effects that are new for every worker",
    about: /effects: (a completed effect is performed|the next worker finds|an effect is new once)/,
    breaking: (store) => ({
      effects: {
        ...store.effects,
        intend: async (lease, effect) => {
          await store.effects.intend(lease, effect);
          return { status: "new" };
        },
      },
    }),
  },
  {
    fault: "installations that are new each time",
    about: /installations: (ensuring again|a given secret replaces|concurrent calls)/,
    breaking: (store) => ({
      installations: {
        ...store.installations,
        ensure: (provider, claim, secret) =>
          store.installations.ensure(provider, { ...claim, externalId: freshId("again") }, secret),
      },
    }),
  },
  {
    fault: "links that are forgotten",
    about: /threads: a linked name finds the thread/,
    breaking: (store) => ({ threads: { ...store.threads, link: async () => {} } }),
  },
  {
    fault: "links that ignore provider and tenant",
    about: /threads: (a task that comes through another|a thread is found by each)/,
    breaking: (store) => ({
      threads: {
        ...store.threads,
        find: async ({ alias }) => {
          const { items } = await store.tasks.search({ limit: 1000 });
          for (const { threadId } of items) {
            const thread = await store.threads.findById(threadId);
            if (thread?.aliases.some((one) => one.alias === alias)) return thread;
          }
          return null;
        },
        link: (lease, { alias }) => store.threads.link(lease, { provider: "acme", tenant: "one", alias }),
      },
    }),
  },
  {
    fault: "repositories that are assigned to nothing",
    about: /threads: an assigned repository/,
    breaking: (store) => ({ threads: { ...store.threads, assignRepository: async () => {} } }),
  },
  {
    fault: "commands that are never finished, or are lost by the outbox",
    about: /(commands: a finished command|outbox: (waiting lists unanswered|count returns the commands))/,
    breaking: (store) => ({
      commands: { ...store.commands, finish: async () => {} },
      outbox: {
        ...store.outbox,
        waiting: async (page) => {
          const { items, next } = await store.outbox.waiting(page);
          return { items: items.filter(({ kind }) => kind === "task"), next };
        },
      },
    }),
  },
  {
    fault: "a transcript that is pruned whole, or of running tasks",
    about: /transcript: (prune deletes the events|the seqs of a reopened)/,
    breaking: (store) => {
      const pruned = new Set<string>();
      return {
        transcript: {
          ...store.transcript,
          prune: async () => {
            for (const { id } of (await store.tasks.search({ limit: 1000 })).items) pruned.add(id);
            return 0;
          },
          read: async (taskId, range) => (pruned.has(taskId) ? [] : await store.transcript.read(taskId, range)),
        },
      };
    },
  },
  {
    fault: "installations that are found under any provider",
    about: /installations: an installation is found by/,
    breaking: (store) => ({
      installations: {
        ...store.installations,
        findByExternalId: (_provider, externalId) => store.installations.findByExternalId("acme", externalId),
      },
    }),
  },
  {
    fault: "a transcript whose steps are all its events",
    about: /transcript: steps returns/,
    breaking: (store) => ({
      transcript: {
        ...store.transcript,
        steps: async (taskIds, limit) =>
          new Map(
            await Promise.all(
              taskIds.map(async (id) => [id, await store.transcript.read(id, { afterSeq: 0, limit })] as const),
            ),
          ),
      },
    }),
  },
]);
