import assert from "node:assert/strict";
import type { Store } from "../../ports/store.js";
import type { Lease } from "../../task/lease.js";
import { agentOutcomeFixture, checkpointFixture } from "../checkpoint-fixture.js";
import type { ContractCase, ContractOptions } from "../contract.js";
import { type ContractClause, contractCases } from "../contract-cases.js";
import { rejectsWithCode } from "../rejects-with-code.js";
import { beginTask, runningTask } from "./begin-task.js";
import { fenceClauses } from "./fence-clauses.js";

const interrupted = agentOutcomeFixture({ status: "failed", reason: "agent_interrupted", isRetryable: true });

/** Gives the task back and begins its next run. */
async function nextRun(store: Store, lease: Lease): Promise<Lease> {
  await store.tasks.settle(lease, { status: "queued", cause: "retry", reason: "agent_interrupted", delayMs: 0 });
  return (await beginTask(store, lease.taskId)).lease;
}

const clauses: readonly ContractClause<Store>[] = [
  {
    name: "a checkpoint comes back byte for byte",
    check: async (store) => {
      const { lease } = await runningTask(store);
      const checkpoint = checkpointFixture();
      await store.checkpoints.save(lease, checkpoint);
      const found = await store.checkpoints.find(lease.taskId);
      assert.ok(found?.bundle);
      assert.deepEqual(Buffer.from(found.bundle), Buffer.from(checkpoint.bundle ?? []));
      assert.deepEqual({ ...found, bundle: null }, { ...checkpoint, bundle: null });
    },
  },
  {
    name: "a run that changed nothing has neither commit nor bundle",
    check: async (store) => {
      const { lease } = await runningTask(store);
      const checkpoint = checkpointFixture({ commit: null, bundle: null });
      await store.checkpoints.save(lease, checkpoint);
      assert.deepEqual(await store.checkpoints.find(lease.taskId), checkpoint);
    },
  },
  {
    name: "a task without one has none",
    check: async (store) => {
      const { lease } = await runningTask(store);
      assert.equal(await store.checkpoints.find(lease.taskId), null);
      assert.equal(await store.checkpoints.find("no id of ours"), null);
    },
  },
  {
    name: "each run adds its usage to the task and remembers model and session",
    check: async (store) => {
      const { lease } = await runningTask(store);
      await store.checkpoints.save(lease, checkpointFixture({ isFinished: false, outcome: interrupted }));
      const outcome = agentOutcomeFixture({ sessionId: "session-2", model: "model-2" });
      await store.checkpoints.save(await nextRun(store, lease), checkpointFixture({ outcome }));
      const task = await store.tasks.find(lease.taskId);
      assert.deepEqual(task?.usage, {
        costUsd: 0.5,
        inputTokens: 2400,
        outputTokens: 680,
        cacheReadTokens: 11_200,
        cacheCreationTokens: 140,
      });
      assert.equal(task?.sessionId, "session-2");
      assert.equal(task?.model, "model-2");
    },
  },
  {
    name: "a save that is repeated by the same run changes nothing and counts once",
    check: async (store) => {
      for (const checkpoint of [checkpointFixture({ isFinished: false, outcome: interrupted }), checkpointFixture()]) {
        const { lease } = await runningTask(store);
        await store.checkpoints.save(lease, checkpoint);
        const [before, task] = [await store.checkpoints.find(lease.taskId), await store.tasks.find(lease.taskId)];
        await store.checkpoints.save(lease, checkpoint);
        assert.deepEqual(await store.checkpoints.find(lease.taskId), before);
        assert.deepEqual(await store.tasks.find(lease.taskId), task);
        assert.equal(task?.usage.costUsd, checkpoint.outcome.usage.costUsd);
      }
    },
  },
  {
    name: "of many concurrent saves of one run one counts, and none is refused",
    check: async (store) => {
      const { lease } = await runningTask(store);
      const checkpoint = checkpointFixture();
      await Promise.all(Array.from({ length: 5 }, () => store.checkpoints.save(lease, checkpoint)));
      assert.equal((await store.tasks.find(lease.taskId))?.usage.costUsd, checkpoint.outcome.usage.costUsd);
    },
  },
  {
    name: "an unfinished checkpoint is replaced by the next run",
    check: async (store) => {
      const { lease } = await runningTask(store);
      await store.checkpoints.save(lease, checkpointFixture({ isFinished: false, outcome: interrupted }));
      const finished = checkpointFixture({ commit: null, bundle: null });
      await store.checkpoints.save(await nextRun(store, lease), finished);
      assert.deepEqual(await store.checkpoints.find(lease.taskId), finished);
    },
  },
  {
    name: "a finished checkpoint is never replaced, and a refused one costs nothing",
    check: async (store) => {
      const { lease } = await runningTask(store);
      const finished = checkpointFixture({ commit: null, bundle: null });
      await store.checkpoints.save(lease, finished);
      const next = await nextRun(store, lease);
      await rejectsWithCode(store.checkpoints.save(next, checkpointFixture()), "LEASE_LOST");
      assert.deepEqual(await store.checkpoints.find(lease.taskId), finished);
      assert.equal((await store.tasks.find(lease.taskId))?.usage.costUsd, finished.outcome.usage.costUsd);
    },
  },
  {
    name: "the session is remembered on the thread",
    check: async (store) => {
      const { lease, task } = await runningTask(store);
      await store.checkpoints.save(lease, checkpointFixture());
      assert.equal((await store.threads.findById(task.threadId))?.sessionId, "session-1");
    },
  },
  {
    name: "an outcome without a session leaves the known one",
    check: async (store) => {
      const { lease, task } = await runningTask(store);
      await store.checkpoints.save(lease, checkpointFixture({ isFinished: false, outcome: interrupted }));
      const outcome = agentOutcomeFixture({ sessionId: null });
      await store.checkpoints.save(await nextRun(store, lease), checkpointFixture({ outcome }));
      assert.equal((await store.tasks.find(task.id))?.sessionId, "session-1");
      assert.equal((await store.threads.findById(task.threadId))?.sessionId, "session-1");
    },
  },
  ...fenceClauses("save", ({ checkpoints }, lease) => checkpoints.save(lease, checkpointFixture())),
];

/** The contract of the port `CheckpointStore`; run it on a whole {@link Store}. */
export function checkpointStoreContract(options: ContractOptions<Store>): readonly ContractCase[] {
  return contractCases("checkpoints", options, clauses);
}
