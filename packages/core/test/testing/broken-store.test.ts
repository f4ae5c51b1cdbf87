import { recordTask } from "@agentbot/core/testing";
import { testBrokenStores } from "./support/broken-stores.js";
import { newestLease } from "./support/newest-lease.js";

testBrokenStores([
  {
    fault: "tasks.settle that ignores the fence",
    about: /tasks: (settle is refused after another|a refused settlement)/,
    breaking: (store) => ({
      tasks: {
        ...store.tasks,
        settle: async (lease, settlement) => await store.tasks.settle(await newestLease(store, lease), settlement),
      },
    }),
  },
  {
    fault: "leases that are over at once",
    about: /tasks: (a task that is running under a live lease|of 10 concurrent begins)/,
    breaking: (store) => ({
      tasks: { ...store.tasks, begin: (taskId, { agent }) => store.tasks.begin(taskId, { leaseMs: 0, agent }) },
    }),
  },
  {
    fault: "retries that use no attempt",
    about: /tasks: a retry uses an attempt/,
    breaking: (store) => ({
      tasks: {
        ...store.tasks,
        settle: (lease, settlement) =>
          store.tasks.settle(lease, settlement.status === "queued" ? { ...settlement, cause: "parked" } : settlement),
      },
    }),
  },
  {
    fault: "releases that give the attempt back for ever",
    about: /tasks: a release gives the attempt back 5 times/,
    breaking: (store) => ({
      tasks: {
        ...store.tasks,
        settle: (lease, settlement) =>
          store.tasks.settle(lease, settlement.status === "queued" ? { ...settlement, cause: "parked" } : settlement),
      },
    }),
  },
  {
    fault: "pages by offset, which shift while rows are added",
    about: /tasks: pages have neither gaps nor repetitions/,
    breaking: (store) => ({
      tasks: {
        ...store.tasks,
        search: async ({ cursor, limit = 50, ...search }) => {
          const offset = Number(cursor ?? 0);
          const { items } = await store.tasks.search({ ...search, limit: 1000 });
          const next = offset + limit < items.length ? String(offset + limit) : null;
          return { items: items.slice(offset, offset + limit), next };
        },
      },
    }),
  },
  {
    fault: "an outbox that recovers more than its limit",
    about: /outbox: recover takes at most/,
    breaking: (store) => ({ outbox: { ...store.outbox, recover: () => store.outbox.recover(1000) } }),
  },
  {
    fault: "an outbox that loses the order of threads to priority",
    about: /outbox: waiting lists every queued task/,
    breaking: (store) => ({
      outbox: {
        ...store.outbox,
        waiting: async ({ cursor }) => {
          const { items } = await store.outbox.waiting({ limit: 1000 });
          const sorted = [...items].sort((one, other) => one.priority - other.priority);
          const offset = Number(cursor ?? 0);
          return {
            items: sorted.slice(offset, offset + 3),
            next: offset + 3 < sorted.length ? String(offset + 3) : null,
          };
        },
      },
    }),
  },
  {
    fault: "tasks that are never reopened",
    about: /tasks: (reopen|a reopened)/,
    breaking: (store) => ({ tasks: { ...store.tasks, reopen: async () => ({ status: "unknown" }) } }),
  },
  {
    fault: "tasks that are reported as reopened and are not",
    about: /tasks: (reopen queues|reopen clears|a reopened task keeps its effects)/,
    breaking: (store) => ({
      tasks: {
        ...store.tasks,
        reopen: async (id) => {
          const { entry } = await recordTask(store);
          return { status: "reopened", entry: { ...entry, id } };
        },
      },
    }),
  },
]);
