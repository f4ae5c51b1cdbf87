import assert from "node:assert/strict";
import type { Store } from "../../ports/store.js";
import { newTaskId } from "../../task/task-id.js";
import type { ContractCase, ContractOptions } from "../contract.js";
import { type ContractClause, contractCases } from "../contract-cases.js";
import { freshId } from "../fresh-id.js";
import { beginTask, runningTask } from "./begin-task.js";
import { fenceClauses } from "./fence-clauses.js";
import { recordTask } from "./record-task.js";

const clauses: readonly ContractClause<Store>[] = [
  {
    name: "a thread is found by each of its aliases, within its installation only",
    check: async (store) => {
      const threadAliases = [freshId("issue"), freshId("chat")];
      const { taskId } = await recordTask(store, { threadAliases });
      const other = await recordTask(store);
      const task = await store.tasks.find(taskId);
      const stranger = await store.tasks.find(other.taskId);
      assert.ok(task && stranger);
      for (const alias of threadAliases) {
        const thread = await store.threads.find(task.installationId, alias);
        assert.equal(thread?.id, task.threadId);
        assert.equal(thread?.installationId, task.installationId);
        assert.equal(thread?.sessionId, null);
        assert.deepEqual([...(thread?.aliases ?? [])].sort(), [...threadAliases].sort());
        assert.equal(await store.threads.find(stranger.installationId, alias), null);
        assert.deepEqual(await store.threads.findById(task.threadId), thread);
      }
    },
  },
  {
    name: "an unknown alias and a malformed id find nothing",
    check: async (store) => {
      const { task } = await runningTask(store);
      assert.equal(await store.threads.find(task.installationId, freshId("issue")), null);
      assert.equal(await store.threads.find("no id of ours", freshId("issue")), null);
      assert.equal(await store.threads.findById("no id of ours"), null);
      assert.equal(await store.threads.findById(newTaskId()), null);
    },
  },
  {
    name: "a linked name finds the thread, and new tasks by that name join it",
    check: async (store) => {
      const { taskId, tenant } = await recordTask(store);
      const { task, lease } = await beginTask(store, taskId);
      const alias = freshId("pull-request");
      await store.threads.link(lease, alias);
      await store.threads.link(lease, alias);
      const thread = await store.threads.find(task.installationId, alias);
      assert.equal(thread?.id, task.threadId);
      assert.equal(thread?.aliases.filter((name) => name === alias).length, 1);
      const followUp = await recordTask(store, { threadAliases: [alias] }, tenant);
      assert.equal(followUp.entry.threadId, task.threadId);
      assert.deepEqual(await store.tasks.begin(followUp.taskId, { leaseMs: 1000, agent: "scripted" }), {
        status: "blocked",
        byTaskId: taskId,
      });
    },
  },
  {
    name: "a name that is taken stays where it is",
    check: async (store) => {
      const first = await recordTask(store);
      const alias = first.draft.threadAliases[0] ?? "";
      const second = await recordTask(store, {}, first.tenant);
      const { lease, task } = await beginTask(store, second.taskId);
      await store.threads.link(lease, alias);
      const thread = await store.threads.find(task.installationId, alias);
      assert.equal(thread?.id, first.entry.threadId);
    },
  },
  ...fenceClauses("link", ({ threads }, lease) => threads.link(lease, freshId("alias"))),
];

/** What the port `ThreadStore` promises; run it on a whole {@link Store}. */
export function threadStoreContract(options: ContractOptions<Store>): readonly ContractCase[] {
  return contractCases("threads", options, clauses);
}
