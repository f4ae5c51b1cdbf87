import assert from "node:assert/strict";
import type { Store } from "../../ports/store.js";
import type { ContractCase, ContractOptions } from "../contract.js";
import { type ContractClause, contractCases } from "../contract-cases.js";
import { rejectsWithCode } from "../rejects-with-code.js";
import { beginTask, recoverTask, runningTask, shortLease, takenOverTask } from "./begin-task.js";
import { fenceClauses } from "./fence-clauses.js";
import { recordTask } from "./record-task.js";

const clauses: readonly ContractClause<Store>[] = [
  {
    name: "an effect is new once, and unresolved until it is completed",
    check: async (store) => {
      const { lease } = await runningTask(store);
      const effect = { key: `${lease.taskId}/branch`, kind: "branch" };
      assert.deepEqual(await store.effects.intend(lease, effect), { status: "new" });
      const again = await store.effects.intend(lease, effect);
      assert.equal(again.status, "unresolved");
      const [listed] = await store.effects.list(lease.taskId);
      assert.deepEqual(again.intendedAt, listed?.intendedAt);
      assert.equal(listed?.performedAt, null);
      assert.equal(listed?.result, null);
    },
  },
  {
    name: "a completed effect is performed, for the next worker too",
    check: async (store) => {
      const { taskId } = await recordTask(store);
      const { lease } = await beginTask(store, taskId, shortLease);
      const effect = { key: `${taskId}/pull-request`, kind: "pull_request" };
      const result = { number: 7, url: "https://acme.example/pull/7", labels: ["a", null, true] };
      await store.effects.intend(lease, effect);
      await store.effects.complete(lease, effect.key, result);
      await recoverTask(store, taskId);
      const { lease: next } = await beginTask(store, taskId);
      assert.deepEqual(await store.effects.intend(next, effect), { status: "performed", result });
    },
  },
  {
    name: "an effect that the last worker only intended is unresolved for the next one",
    check: async (store) => {
      const { taskId } = await recordTask(store);
      const { lease } = await beginTask(store, taskId, shortLease);
      const effect = { key: `${taskId}/status-comment`, kind: "status_comment" };
      await store.effects.intend(lease, effect);
      await recoverTask(store, taskId);
      const { lease: next } = await beginTask(store, taskId);
      assert.equal((await store.effects.intend(next, effect)).status, "unresolved");
    },
  },
  {
    name: "the first result stays",
    check: async (store) => {
      const { lease } = await runningTask(store);
      const effect = { key: `${lease.taskId}/status-comment`, kind: "status_comment" };
      await store.effects.intend(lease, effect);
      await store.effects.complete(lease, effect.key, { id: "first" });
      await store.effects.complete(lease, effect.key, { id: "second" });
      assert.deepEqual(await store.effects.intend(lease, effect), { status: "performed", result: { id: "first" } });
    },
  },
  {
    name: "a result may be null and is performed all the same",
    check: async (store) => {
      const { lease } = await runningTask(store);
      const effect = { key: `${lease.taskId}/branch`, kind: "branch" };
      await store.effects.intend(lease, effect);
      await store.effects.complete(lease, effect.key, null);
      assert.deepEqual(await store.effects.intend(lease, effect), { status: "performed", result: null });
    },
  },
  {
    name: "a task's effects are listed in the order they were intended, without another task's",
    check: async (store) => {
      const { lease } = await runningTask(store);
      const other = await runningTask(store);
      const kinds = ["status-comment", "branch", "pull-request"];
      for (const kind of kinds) await store.effects.intend(lease, { key: `${lease.taskId}/${kind}`, kind });
      await store.effects.intend(other.lease, { key: `${other.lease.taskId}/branch`, kind: "branch" });
      await store.effects.complete(lease, `${lease.taskId}/branch`, { sha: "1f6a7c0" });
      const listed = await store.effects.list(lease.taskId);
      assert.deepEqual(
        listed.map(({ key, kind, result }) => ({ key, kind, result })),
        kinds.map((kind) => ({
          key: `${lease.taskId}/${kind}`,
          kind,
          result: kind === "branch" ? { sha: "1f6a7c0" } : null,
        })),
      );
      assert.ok(listed[1]?.performedAt instanceof Date);
      assert.deepEqual(await store.effects.list("no id of ours"), []);
    },
  },
  {
    name: "of many concurrent intents of one effect exactly one is new",
    check: async (store) => {
      const { lease } = await runningTask(store);
      const effect = { key: `${lease.taskId}/branch`, kind: "branch" };
      const intents = await Promise.all(Array.from({ length: 10 }, () => store.effects.intend(lease, effect)));
      assert.equal(intents.filter(({ status }) => status === "new").length, 1);
      assert.equal(intents.filter(({ status }) => status === "unresolved").length, 9);
    },
  },
  ...fenceClauses("intend", ({ effects }, lease) =>
    effects.intend(lease, { key: `${lease.taskId}/branch`, kind: "branch" }),
  ),
  {
    name: "complete is refused after another worker took over",
    check: async (store) => {
      const { stale, current } = await takenOverTask(store);
      const effect = { key: `${current.taskId}/branch`, kind: "branch" };
      await store.effects.intend(current, effect);
      await rejectsWithCode(store.effects.complete(stale, effect.key, { sha: "stale" }), "LEASE_LOST");
      assert.equal((await store.effects.intend(current, effect)).status, "unresolved");
    },
  },
];

/** The contract of the port `EffectLedger`; run it on a whole {@link Store}. */
export function effectLedgerContract(options: ContractOptions<Store>): readonly ContractCase[] {
  return contractCases("effects", options, clauses);
}
