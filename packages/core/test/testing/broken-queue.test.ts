import type { ClaimedEntry, ClaimRequest, QueueEntry, TaskQueue } from "@agentbot/core";
import { createMemoryQueue } from "@agentbot/core/memory";
import { freshId, taskQueueContract } from "@agentbot/core/testing";
import { expect, test } from "vitest";
import { casesThatMissIt } from "./support/broken-cases.js";

type Breaking = (queue: TaskQueue) => Partial<TaskQueue>;

const mapEntries =
  (queue: TaskQueue, change: (entry: QueueEntry) => QueueEntry): TaskQueue["enqueue"] =>
  (entries) =>
    queue.enqueue(entries.map(change));

const mapClaimed =
  (queue: TaskQueue, change: (claimed: ClaimedEntry) => Partial<ClaimedEntry>): TaskQueue["claim"] =>
  async (request) =>
    (await queue.claim(request)).map((claimed) => ({ ...claimed, ...change(claimed) }));

const mapRequest =
  (queue: TaskQueue, change: (request: ClaimRequest) => ClaimRequest): TaskQueue["claim"] =>
  (request) =>
    queue.claim(change(request));

const broken: readonly { readonly fault: string; readonly about: RegExp; readonly breaking: Breaking }[] = [
  {
    fault: "a queue that ignores lanes",
    about: /queue: (one entry of a lane|order within a lane|many workers share|a delayed entry holds back)/,
    breaking: (queue) => {
      const lanes = new Map<string, string>();
      return {
        enqueue: mapEntries(queue, (entry) => {
          lanes.set(entry.id, entry.lane);
          return { ...entry, lane: freshId("lane") };
        }),
        claim: mapClaimed(queue, ({ entry }) => ({
          entry: { ...entry, lane: lanes.get(entry.id) ?? entry.lane },
        })),
      };
    },
  },
  {
    fault: "a queue that ignores priority",
    about: /queue: lower priority comes first/,
    breaking: (queue) => ({ enqueue: mapEntries(queue, (entry) => ({ ...entry, priority: 10 })) }),
  },
  {
    fault: "a queue that is last in, first out within a call",
    about: /queue: entries of one call keep their order/,
    breaking: (queue) => ({ enqueue: (entries) => queue.enqueue(entries.toReversed()) }),
  },
  {
    fault: "a queue that ignores delays",
    about: /queue: (a delayed entry holds back|stats count|a waiting claim is woken when a delayed entry)/,
    breaking: (queue) => ({ enqueue: mapEntries(queue, (entry) => ({ ...entry, delayMs: 0 })) }),
  },
  {
    fault: "a queue that moves a known entry to the end",
    about: /queue: enqueueing again does not lose the place/,
    breaking: (queue) => ({
      enqueue: async (entries) => {
        for (const { id } of entries) await queue.cancel(id);
        await queue.enqueue(entries);
      },
    }),
  },
  {
    fault: "a queue that takes a known entry twice",
    about: /queue: (of many concurrent calls|a new entry twice|an entry that is waiting)/,
    breaking: (queue) => ({
      enqueue: async (entries) => {
        await queue.enqueue(entries.map((entry) => ({ ...entry, id: freshId("copy") })));
      },
    }),
  },
  {
    fault: "a queue that ignores the limit",
    about: /queue: a claim takes no more than its limit/,
    breaking: (queue) => ({ claim: mapRequest(queue, (request) => ({ ...request, limit: 100 })) }),
  },
  {
    fault: "a queue that sends released entries to the end",
    about: /queue: a released entry keeps its place/,
    breaking: (queue) => ({
      claim: mapClaimed(queue, ({ entry, complete }) => ({
        release: async () => {
          await complete();
          await queue.enqueue([entry]);
        },
      })),
    }),
  },
  {
    fault: "a queue that sends entries of lost workers to the end",
    about: /queue: an entry whose lease has ended returns/,
    breaking: (queue) => ({
      claim: async (request) => {
        const claimed = await queue.claim({ ...request, leaseMs: 600_000 });
        const lapse = async ({ entry, complete }: ClaimedEntry): Promise<void> => {
          await new Promise((resolve) => setTimeout(resolve, request.leaseMs));
          await complete();
          await queue.enqueue([entry]);
        };
        if (request.leaseMs < 600_000) for (const one of claimed) void lapse(one);
        return claimed;
      },
    }),
  },
  {
    fault: "a queue that lets a lane overtake its released entry",
    about: /queue: a released entry blocks its lane/,
    breaking: (queue) => ({
      claim: mapClaimed(queue, ({ entry, complete }) => ({
        release: async (delayMs) => {
          await complete();
          await queue.enqueue([{ ...entry, delayMs }]);
        },
      })),
    }),
  },
  {
    fault: "a queue whose extend always returns true",
    about: /queue: (a holder whose lease has ended|an entry that was given up)/,
    breaking: (queue) => ({
      claim: mapClaimed(queue, ({ extend }) => ({
        extend: async (leaseMs) => {
          await extend(leaseMs);
          return true;
        },
      })),
    }),
  },
  {
    fault: "a queue that does not extend",
    about: /queue: an extended lease outlives/,
    breaking: (queue) => ({ claim: mapClaimed(queue, () => ({ extend: async () => true })) }),
  },
  {
    fault: "a queue that lets a late holder complete",
    about: /queue: a holder whose lease has ended can change nothing/,
    breaking: (queue) => {
      const holders = new Map<string, ClaimedEntry>();
      return {
        claim: async (request) => {
          const claimed = await queue.claim(request);
          for (const one of claimed) holders.set(one.entry.id, one);
          return claimed.map((one) => ({
            ...one,
            complete: async () => await holders.get(one.entry.id)?.complete(),
          }));
        },
      };
    },
  },
  {
    fault: "a queue that buries nothing",
    about: /queue: (a buried entry|stats count)/,
    breaking: (queue) => ({ claim: mapClaimed(queue, ({ release }) => ({ bury: () => release(600_000) })) }),
  },
  {
    fault: "a queue that drops buried entries",
    about: /queue: (cancel removes waiting|stats count)/,
    breaking: (queue) => ({ claim: mapClaimed(queue, ({ complete }) => ({ bury: () => complete() })) }),
  },
  {
    fault: "a queue that never lets a buried entry come back",
    about: /queue: a buried entry that is enqueued again/,
    breaking: (queue) => {
      const buried = new Set<string>();
      return {
        enqueue: (entries) => queue.enqueue(entries.filter(({ id }) => !buried.has(id))),
        claim: mapClaimed(queue, ({ entry, bury }) => ({
          bury: (reason) => {
            buried.add(entry.id);
            return bury(reason);
          },
        })),
      };
    },
  },
  {
    fault: "a queue that never drops completed entries",
    about: /queue: a completed entry is gone/,
    breaking: (queue) => ({ claim: mapClaimed(queue, ({ bury }) => ({ complete: () => bury("done") })) }),
  },
  {
    fault: "a queue that claims for aborted requests",
    about: /queue: an aborted claim ends with nothing/,
    breaking: (queue) => ({
      claim: mapRequest(queue, (request) => ({ ...request, waitMs: 100, signal: new AbortController().signal })),
    }),
  },
  {
    fault: "a queue that does not wait",
    about: /queue: (a waiting claim is woken|every waiting claim)/,
    breaking: (queue) => ({ claim: mapRequest(queue, (request) => ({ ...request, waitMs: 0 })) }),
  },
  {
    fault: "a queue that counts all installations as one, or commands too",
    about: /queue: (no more tasks of one installation|a command is neither counted)/,
    breaking: (queue) => ({
      enqueue: mapEntries(queue, (entry) => ({ ...entry, kind: "task", installationId: "one" })),
    }),
  },
  {
    fault: "a queue that keeps commands in the lane of their thread",
    about: /queue: a command is claimed while a task/,
    breaking: (queue) => ({
      enqueue: mapEntries(queue, (entry) => ({ ...entry, lane: entry.lane.replace("command:", "") })),
    }),
  },
  {
    fault: "a queue that claims entries of any kind",
    about: /queue: (a claim of one kind|a waiting claim of one kind)/,
    breaking: (queue) => ({ claim: mapRequest(queue, ({ kind: _kind, ...request }) => request) }),
  },
  {
    fault: "a queue that cancels claimed entries",
    about: /queue: cancel leaves a claimed entry alone/,
    breaking: (queue) => ({
      cancel: async (id) => {
        await queue.cancel(id);
        return true;
      },
    }),
  },
];

const caseSubject =
  (breaking: Breaking, limitOf: (limit: number) => number = (limit) => limit) =>
  async () => {
    const make = (installationConcurrency = Number.MAX_SAFE_INTEGER): TaskQueue => {
      const queue = createMemoryQueue({ installationConcurrency });
      return { ...queue, ...breaking(queue) };
    };
    const queue = make();
    return { subject: { queue, createLimited: (limit: number) => make(limitOf(limit)) }, dispose: () => queue.close() };
  };

for (const { fault, about, breaking } of broken) {
  test(`the suite catches ${fault}`, async () => {
    expect(await casesThatMissIt(taskQueueContract({ create: caseSubject(breaking) }), about)).toEqual([]);
  });
}

test("the suite catches a queue with a limit that is one too high", async () => {
  const create = caseSubject(
    () => ({}),
    (limit) => limit + 1,
  );
  const about = /queue: (no more tasks of one|a cancelled task takes|many workers never)/;
  expect(await casesThatMissIt(taskQueueContract({ create }), about)).toEqual([]);
});

test("the suite catches a subject that cannot create a limited queue, and does not say so", async () => {
  const create = async () => {
    const queue = createMemoryQueue();
    return { subject: { queue }, dispose: () => queue.close() };
  };
  const about = /queue: no more tasks of one installation/;
  expect(await casesThatMissIt(taskQueueContract({ create }), about)).toEqual([]);
});
