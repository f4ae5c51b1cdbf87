import assert from "node:assert/strict";
import type { Store } from "../../ports/store.js";
import type { ContractClause } from "../contract-cases.js";
import { eventually } from "../eventually.js";
import { beginTask } from "./begin-task.js";
import { recordCommand, recordTask } from "./record-task.js";

/** How processes notice that a queue must be rebuilt, and which of them rebuilds it. */
export const outboxRebuildClauses: readonly ContractClause<Store>[] = [
  {
    name: "count returns queued tasks, those in back-off included, and running ones, and counts no final task",
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
    name: "count returns the commands that are not answered",
    check: async (store) => {
      const before = await store.outbox.count();
      const [first] = [await recordCommand(store, "help"), await recordCommand(store, "status")];
      assert.deepEqual(await store.outbox.count(), { ...before, commands: before.commands + 2 });
      for (let time = 0; time < 2; time += 1) {
        await store.commands.finish(first.commandId, {});
        assert.deepEqual(await store.outbox.count(), { ...before, commands: before.commands + 1 });
      }
    },
  },
  {
    name: "of 10 callers at once one acquires the sweep, and none again before its time",
    check: async ({ outbox }) => {
      await eventually("a first sweep", async () => ((await outbox.tryAcquireSweep(5)) ? true : null));
      let taken = 0;
      // Ten calls of a busy machine may take longer than the shorter ones of these times.
      for (const intervalMs of [50, 1000, 10_000]) {
        taken = await eventually("the time of the next sweep", async () => {
          const acquired = await Promise.all(Array.from({ length: 10 }, () => outbox.tryAcquireSweep(intervalMs)));
          return acquired.filter((isAcquired) => isAcquired).length || null;
        });
        if (taken === 1) break;
      }
      assert.equal(taken, 1, `${taken} callers acquired one sweep`);
      assert.equal(await outbox.tryAcquireSweep(3_600_000), false);
    },
  },
  {
    name: "a caller with a shorter time acquires the sweep sooner",
    check: async ({ outbox }) => {
      await eventually("a first sweep", async () => ((await outbox.tryAcquireSweep(1)) ? true : null));
      assert.equal(await outbox.tryAcquireSweep(3_600_000), false);
      await eventually("a sweep after a shorter time", async () => ((await outbox.tryAcquireSweep(1)) ? true : null));
    },
  },
];
