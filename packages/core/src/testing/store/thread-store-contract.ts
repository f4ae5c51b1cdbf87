import assert from "node:assert/strict";
import type { Store } from "../../ports/store.js";
import { newTaskId } from "../../task/task-id.js";
import type { ThreadAlias } from "../../task/thread.js";
import type { ContractCase, ContractOptions } from "../contract.js";
import { type ContractClause, contractCases } from "../contract-cases.js";
import { freshId } from "../fresh-id.js";
import { repositoryFixture, taskDraftFixture, tenantFixture } from "../task-draft-fixture.js";
import { beginTask, longLease, recoverTask, shortLease } from "./begin-task.js";
import { fenceClauses } from "./fence-clauses.js";
import { type RecordedTask, recordTask } from "./record-task.js";

const aliasOf = ({ draft }: RecordedTask, alias = draft.threadAliases[0] ?? ""): ThreadAlias => ({
  provider: draft.origin.provider,
  tenant: draft.origin.tenant,
  alias,
});

const pullRequestAlias = (overrides: Partial<ThreadAlias> = {}): ThreadAlias => ({
  provider: "acme",
  tenant: freshId("installation"),
  alias: freshId("pull-request"),
  ...overrides,
});

const clauses: readonly ContractClause<Store>[] = [
  {
    name: "a thread is found by each of its aliases, within the provider and tenant of its origin only",
    check: async (store) => {
      const threadAliases = [freshId("issue"), freshId("chat")];
      const recorded = await recordTask(store, { threadAliases });
      const stranger = await recordTask(store);
      const task = await store.tasks.find(recorded.taskId);
      assert.ok(task);
      for (const name of threadAliases) {
        const alias = aliasOf(recorded, name);
        const thread = await store.threads.find(alias);
        assert.equal(thread?.id, task.threadId);
        assert.equal(thread?.installationId, task.installationId);
        assert.equal(thread?.sessionId, null);
        assert.deepEqual(thread?.aliases.map((one) => one.alias).sort(), threadAliases.toSorted());
        assert.ok(thread?.aliases.some((one) => one.alias === name && one.tenant === alias.tenant));
        assert.equal(await store.threads.find({ ...alias, tenant: stranger.draft.origin.tenant }), null);
        assert.equal(await store.threads.find({ ...alias, provider: freshId("provider") }), null);
        assert.deepEqual(await store.threads.findById(task.threadId), thread);
      }
    },
  },
  {
    name: "an unknown alias and a malformed id find nothing",
    check: async (store) => {
      const recorded = await recordTask(store);
      assert.equal(await store.threads.find(aliasOf(recorded, freshId("issue"))), null);
      assert.equal(await store.threads.findById("no id of ours"), null);
      assert.equal(await store.threads.findById(newTaskId()), null);
    },
  },
  {
    name: "a linked name finds the thread, and new tasks by that name join it",
    check: async (store) => {
      const recorded = await recordTask(store);
      const { task, lease } = await beginTask(store, recorded.taskId);
      const alias = aliasOf(recorded, freshId("pull-request"));
      await store.threads.link(lease, alias);
      await store.threads.link(lease, alias);
      const thread = await store.threads.find(alias);
      assert.equal(thread?.id, task.threadId);
      assert.equal(thread?.aliases.filter((one) => one.alias === alias.alias).length, 1);
      const followUp = await recordTask(store, { threadAliases: [alias.alias] }, recorded.tenant);
      assert.equal(followUp.entry.lane, task.threadId);
      assert.deepEqual(await store.tasks.begin(followUp.taskId, longLease), {
        status: "blocked",
        byTaskId: recorded.taskId,
      });
    },
  },
  {
    name: "a task that comes through another provider's tenant by a linked name continues the thread",
    check: async (store) => {
      const chat = await recordTask(store);
      const { task, lease } = await beginTask(store, chat.taskId);
      const alias = pullRequestAlias({ provider: freshId("code-host") });
      await store.threads.link(lease, alias);
      await store.tasks.settle(lease, { status: "failed", reason: "agent_failed", explanation: "It failed." });

      const tenant = tenantFixture({ externalId: alias.tenant });
      const { origin } = taskDraftFixture({}, tenant);
      const overrides = { threadAliases: [alias.alias], origin: { ...origin, provider: alias.provider } };
      const comment = await recordTask(store, overrides, tenant);
      assert.equal(comment.entry.lane, task.threadId);
      const { task: followUp } = await beginTask(store, comment.taskId);
      assert.equal(followUp.threadId, task.threadId);
      assert.notEqual(followUp.installationId, task.installationId);
      assert.equal(comment.entry.installationId, followUp.installationId);
      assert.equal((await store.threads.findById(task.threadId))?.installationId, task.installationId);
    },
  },
  {
    name: "a name that is taken stays where it is",
    check: async (store) => {
      const first = await recordTask(store);
      const second = await recordTask(store, {}, first.tenant);
      const { lease } = await beginTask(store, second.taskId);
      await store.threads.link(lease, aliasOf(first));
      const thread = await store.threads.find(aliasOf(first));
      assert.equal(thread?.id, first.entry.lane);
    },
  },
  {
    name: "an assigned repository is the task's, and is remembered for the thread",
    check: async (store) => {
      const recorded = await recordTask(store, { repository: null });
      const { task, lease } = await beginTask(store, recorded.taskId);
      assert.equal(task.repository, null);
      assert.equal((await store.threads.findById(task.threadId))?.repository, null);
      const repository = repositoryFixture({ provider: "code-host", path: "group/subgroup/hello" });
      await store.threads.assignRepository(lease, repository);
      assert.deepEqual((await store.tasks.find(task.id))?.repository, repository);
      assert.deepEqual((await store.threads.findById(task.threadId))?.repository, repository);
      assert.deepEqual((await store.threads.find(aliasOf(recorded)))?.repository, repository);
      const { items } = await store.tasks.search({ repository: repository.path });
      assert.deepEqual(
        items.map(({ id }) => id),
        [task.id],
      );
    },
  },
  {
    name: "a later assignment replaces the earlier one, and a task's own repository stays its own",
    check: async (store) => {
      const first = await recordTask(store);
      const second = await recordTask(store, first.draft, first.tenant);
      const { lease } = await beginTask(store, first.taskId);
      const [one, other] = [repositoryFixture(), repositoryFixture()];
      await store.threads.assignRepository(lease, one);
      await store.threads.assignRepository(lease, other);
      assert.deepEqual((await store.tasks.find(first.taskId))?.repository, other);
      assert.deepEqual((await store.threads.findById(first.entry.lane))?.repository, other);
      assert.deepEqual((await store.tasks.find(second.taskId))?.repository, second.draft.repository);
    },
  },
  {
    name: "an assigned repository outlives the worker that assigned it",
    check: async (store) => {
      const { taskId } = await recordTask(store, { repository: null });
      const { lease } = await beginTask(store, taskId, shortLease);
      const repository = repositoryFixture();
      await store.threads.assignRepository(lease, repository);
      await recoverTask(store, taskId);
      const { task } = await beginTask(store, taskId);
      assert.deepEqual(task.repository, repository);
    },
  },
  ...fenceClauses("link", ({ threads }, lease) => threads.link(lease, pullRequestAlias())),
  ...fenceClauses("assignRepository", ({ threads }, lease) => threads.assignRepository(lease, repositoryFixture())),
];

/** The contract of the port `ThreadStore`; run it on a whole {@link Store}. */
export function threadStoreContract(options: ContractOptions<Store>): readonly ContractCase[] {
  return contractCases("threads", options, clauses);
}
