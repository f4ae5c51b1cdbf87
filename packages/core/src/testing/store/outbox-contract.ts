import assert from "node:assert/strict";
import type { Store } from "../../ports/store.js";
import type { QueueEntry } from "../../ports/task-queue.js";
import type { ContractCase, ContractOptions } from "../contract.js";
import { type ContractClause, contractCases } from "../contract-cases.js";
import { eventually } from "../eventually.js";
import { beginTask, longLease, recoverTask, shortLease } from "./begin-task.js";
import { outboxRebuildClauses } from "./outbox-rebuild-clauses.js";
import { readPages } from "./read-pages.js";
import { recordCommand, recordTask, recordThread } from "./record-task.js";

/** The waiting entries of these tasks, read page by page from a store that may hold others too. */
const waitingOf = async ({ outbox }: Store, taskIds: readonly string[], limit = 3): Promise<readonly QueueEntry[]> => {
  const wanted = new Set(taskIds);
  const all = await readPages((cursor) => outbox.waiting({ limit, ...cursor }), limit);
  return all.filter(({ id }) => wanted.has(id));
};

const clauses: readonly ContractClause<Store>[] = [
  {
    name: "waiting lists every queued task in the order they came, page by page",
    check: async (store) => {
      const recorded = [
        ...(await recordThread(store, 4, { priority: 20 })),
        await recordTask(store, { priority: 10 }),
        ...(await recordThread(store, 2, { priority: 30 })),
      ];
      const taskIds = recorded.map(({ taskId }) => taskId);
      assert.deepEqual(
        await waitingOf(store, taskIds),
        recorded.map(({ entry }) => entry),
      );
    },
  },
  {
    name: "waiting lists what is in back-off with its delay, and neither running nor final tasks",
    check: async (store) => {
      const [delayed, running, final] = [await recordTask(store), await recordTask(store), await recordTask(store)];
      const { lease } = await beginTask(store, delayed.taskId);
      await store.tasks.settle(lease, { status: "queued", cause: "retry", reason: "agent_api", delayMs: 600_000 });
      await beginTask(store, running.taskId);
      await store.commands.requestStop(final.taskId, "stopped");
      const waiting = await waitingOf(store, [delayed.taskId, running.taskId, final.taskId], 50);
      assert.equal(waiting.length, 1);
      const delayMs = waiting[0]?.delayMs ?? 0;
      assert.ok(delayMs > 0 && delayMs <= 600_000);
      assert.deepEqual(waiting[0], { ...delayed.entry, delayMs });
    },
  },
  {
    name: "waiting lists what waits for its quota in a lane of its own, so that its thread is free",
    check: async (store) => {
      const [passed, next] = await recordThread(store, 2);
      assert.ok(passed && next);
      const { lease } = await beginTask(store, passed.taskId);
      await store.tasks.settle(lease, { status: "queued", cause: "parked", reason: "quota", delayMs: 600_000 });
      const [first, second] = await waitingOf(store, [passed.taskId, next.taskId]);
      const lane = `${passed.entry.lane}/${passed.taskId}`;
      assert.deepEqual(first, { ...passed.entry, lane, delayMs: first?.delayMs });
      assert.deepEqual(second, next.entry);
    },
  },
  {
    name: "waiting lists unanswered commands too, in the order they came, and no answered one",
    check: async (store) => {
      const task = await recordTask(store);
      const commands = [];
      for (const name of ["status", "help", "stop", "retry"] as const) {
        commands.push(await recordCommand(store, name, task.draft, task.tenant));
      }
      const [answered, ...open] = commands;
      assert.ok(answered);
      await store.commands.finish(answered.commandId, {});
      const ids = [task.taskId, ...commands.map(({ commandId }) => commandId)];
      const waiting = await waitingOf(store, ids);
      assert.deepEqual(
        waiting.filter(({ kind }) => kind === "command"),
        open.map(({ entry }) => entry),
      );
      assert.deepEqual(
        waiting.filter(({ kind }) => kind === "task"),
        [task.entry],
      );
    },
  },
  {
    name: "waiting misses nothing that was there at the start while tasks come and go",
    check: async (store) => {
      const recorded = await Promise.all(Array.from({ length: 7 }, () => recordTask(store)));
      const wanted = new Set(recorded.map(({ taskId }) => taskId));
      const seen = await readPages(async (cursor) => {
        const page = await store.outbox.waiting({ limit: 3, ...cursor });
        for (const { id } of page.items) if (wanted.has(id)) await store.tasks.begin(id, longLease);
        return page;
      }, 3);
      const ours = seen.map(({ id }) => id).filter((id) => wanted.has(id));
      assert.deepEqual([...ours].sort(), [...wanted].sort());
    },
  },
  {
    name: "recover puts a running task whose lease has ended back in line, at its old place",
    check: async (store) => {
      const [first, second] = await recordThread(store, 2);
      assert.ok(first && second);
      const { task } = await beginTask(store, first.taskId, shortLease);
      await recoverTask(store, first.taskId);
      const recovered = await store.tasks.find(first.taskId);
      assert.equal(recovered?.status, "queued");
      assert.equal(recovered?.attempt, task.attempt);
      assert.equal(recovered?.notBefore, null);
      assert.deepEqual(await waitingOf(store, [first.taskId, second.taskId]), [first.entry, second.entry]);
      assert.equal((await store.tasks.begin(second.taskId, longLease)).status, "blocked");
      const again = await beginTask(store, first.taskId);
      assert.equal(again.task.attempt, task.attempt + 1);
      assert.ok(again.lease.fence > task.fence);
    },
  },
  {
    name: "recover leaves a running task alone while its lease lives",
    check: async (store) => {
      const lapsing = await recordTask(store);
      const living = await recordTask(store);
      const { lease } = await beginTask(store, living.taskId);
      await beginTask(store, lapsing.taskId, shortLease);
      await recoverTask(store, lapsing.taskId);
      assert.equal(await store.tasks.heartbeat(lease, 60_000), "held");
    },
  },
  {
    name: "recover takes at most as many as asked, and every one once",
    check: async (store) => {
      const recorded = await Promise.all(Array.from({ length: 5 }, () => recordTask(store)));
      for (const { taskId } of recorded) await beginTask(store, taskId, shortLease);
      const wanted = new Map(recorded.map(({ taskId, entry }) => [taskId, entry]));
      const seen: QueueEntry[] = [];
      await eventually("all lapsed tasks to be recovered", async () => {
        const batches = await Promise.all([store.outbox.recover(2), store.outbox.recover(2)]);
        for (const batch of batches) {
          assert.ok(batch.length <= 2);
          seen.push(...batch.filter(({ id }) => wanted.has(id)));
        }
        return seen.length >= wanted.size ? true : null;
      });
      assert.equal(new Set(seen.map(({ id }) => id)).size, seen.length);
      for (const entry of seen) assert.deepEqual(entry, wanted.get(entry.id));
    },
  },
];

/** The contract of the port `Outbox`; run it on a whole {@link Store}. */
export function outboxContract(options: ContractOptions<Store>): readonly ContractCase[] {
  return contractCases("outbox", options, [...clauses, ...outboxRebuildClauses]);
}
