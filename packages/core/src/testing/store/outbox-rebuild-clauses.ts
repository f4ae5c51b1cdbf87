import assert from "node:assert/strict";
import type { Store } from "../../ports/store.js";
import type { ContractClause } from "../contract-cases.js";
import { eventually } from "../eventually.js";
import { beginTask } from "./begin-task.js";
import { recordTask } from "./record-task.js";

/** How processes find out that a queue needs to be rebuilt, and which of them does it. */
export const outboxRebuildClauses: readonly ContractClause<Store>[] = [
  {
    name: "count tells the queued tasks, those in back-off included, from the running ones, and counts no final one",
    check: async (store) => {
      const before = await store.outbox.count();
      const [waiting, delayed, running, final] = await Promise.all([1, 2, 3, 4].map(() => recordTask(store)));
      assert.ok(waiting && delayed && running && final);
      const { lease } = await beginTask(store, delayed.taskId);
      await store.tasks.settle(lease, { status: "queued", cause: "retry", reason: "agent_api", delayMs: 600_000 });
      await beginTask(store, running.taskId);
      await store.commands.requestStop(final.taskId, "stopped");
      const after = await store.outbox.count();
      assert.deepEqual(after, { queued: before.queued + 2, running: before.running + 1, commands: before.commands });
    },
  },
  {
    name: "of 10 who ask for the turn at once one gets it, and nobody again before its time",
    check: async ({ outbox }) => {
      await eventually("a turn", async () => ((await outbox.tryAcquireSweep(5)) ? true : null));
      await eventually("the time of the next turn", async () => {
        const turns = await Promise.all(Array.from({ length: 10 }, () => outbox.tryAcquireSweep(50)));
        const taken = turns.filter((isTaken) => isTaken).length;
        assert.ok(taken <= 1, `${taken} got one turn`);
        return taken === 1 ? true : null;
      });
      assert.equal(await outbox.tryAcquireSweep(3_600_000), false);
    },
  },
  {
    name: "whoever asks with a shorter time gets the turn sooner",
    check: async ({ outbox }) => {
      await eventually("a turn", async () => ((await outbox.tryAcquireSweep(1)) ? true : null));
      assert.equal(await outbox.tryAcquireSweep(3_600_000), false);
      await eventually("a shorter turn", async () => ((await outbox.tryAcquireSweep(1)) ? true : null));
    },
  },
];
