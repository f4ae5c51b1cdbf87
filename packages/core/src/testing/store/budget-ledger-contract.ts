import assert from "node:assert/strict";
import type { Store } from "../../ports/store.js";
import type { ContractCase, ContractOptions } from "../contract.js";
import { type ContractClause, contractCases } from "../contract-cases.js";
import { freshId } from "../fresh-id.js";
import { beginEventually, beginTask, recoverTask, runningTask, shortLease } from "./begin-task.js";
import { fenceClauses } from "./fence-clauses.js";
import { recordTask } from "./record-task.js";

const hasBalance = async ({ budgets }: Store, scope: string, reservedUsd: number, spentUsd: number): Promise<void> => {
  const balance = await budgets.balance(scope);
  const rounded = {
    reservedUsd: Number(balance.reservedUsd.toFixed(6)),
    spentUsd: Number(balance.spentUsd.toFixed(6)),
  };
  assert.deepEqual(rounded, { reservedUsd, spentUsd }, `the balance of ${scope}`);
};

const clauses: readonly ContractClause<Store>[] = [
  {
    name: "money is reserved, then spent, under every scope",
    check: async (store) => {
      const { lease } = await runningTask(store);
      const [run, day] = [freshId("run"), freshId("day")];
      const limits = [
        { scope: run, limitUsd: 5 },
        { scope: day, limitUsd: 100 },
      ];
      assert.deepEqual(await store.budgets.reserve(lease, 5, limits), { status: "reserved" });
      for (const scope of [run, day]) await hasBalance(store, scope, 5, 0);
      await store.budgets.settle(lease, 1.234567);
      for (const scope of [run, day]) await hasBalance(store, scope, 0, 1.234567);
    },
  },
  {
    name: "a reservation that does not fit under one limit is made under none",
    check: async (store) => {
      const { lease } = await runningTask(store);
      const other = await runningTask(store);
      const [wide, narrow] = [freshId("wide"), freshId("narrow")];
      await store.budgets.reserve(other.lease, 3, [{ scope: narrow, limitUsd: 4 }]);
      const refused = await store.budgets.reserve(lease, 2, [
        { scope: wide, limitUsd: 100 },
        { scope: narrow, limitUsd: 4 },
      ]);
      assert.deepEqual(refused, { status: "refused", scope: narrow, availableUsd: 1 });
      await hasBalance(store, wide, 0, 0);
      await hasBalance(store, narrow, 3, 0);
    },
  },
  {
    name: "spending counts against the limit, and the limit itself may be reached",
    check: async (store) => {
      const one = await runningTask(store);
      const other = await runningTask(store);
      const limits = [{ scope: freshId("day"), limitUsd: 1 }];
      await store.budgets.reserve(one.lease, 1, limits);
      await store.budgets.settle(one.lease, 0.7);
      assert.equal((await store.budgets.reserve(other.lease, 0.31, limits)).status, "refused");
      assert.equal((await store.budgets.reserve(other.lease, 0.3, limits)).status, "reserved");
    },
  },
  {
    name: "a new reservation of the same run replaces the old one",
    check: async (store) => {
      const { lease } = await runningTask(store);
      const [day, nextDay] = [freshId("day"), freshId("next-day")];
      await store.budgets.reserve(lease, 4, [{ scope: day, limitUsd: 5 }]);
      const again = await store.budgets.reserve(lease, 5, [
        { scope: day, limitUsd: 5 },
        { scope: nextDay, limitUsd: 5 },
      ]);
      assert.deepEqual(again, { status: "reserved" });
      await hasBalance(store, day, 5, 0);
      await store.budgets.reserve(lease, 2, [{ scope: nextDay, limitUsd: 5 }]);
      await hasBalance(store, day, 0, 0);
      await hasBalance(store, nextDay, 2, 0);
    },
  },
  {
    name: "the reservation of a dead worker counts as spent once its task is recovered",
    check: async (store) => {
      const { taskId } = await recordTask(store);
      const { lease } = await beginTask(store, taskId, shortLease);
      const limits = [{ scope: freshId("day"), limitUsd: 5 }];
      const [{ scope } = { scope: "" }] = limits;
      await store.budgets.reserve(lease, 4, limits);
      await recoverTask(store, taskId);
      await hasBalance(store, scope, 0, 4);
      const { lease: next } = await beginTask(store, taskId);
      await hasBalance(store, scope, 0, 4);
      assert.equal((await store.budgets.reserve(next, 1.5, limits)).status, "refused");
      assert.equal((await store.budgets.reserve(next, 1, limits)).status, "reserved");
    },
  },
  {
    name: "the reservation of a dead worker counts as spent once its task is taken over",
    check: async (store) => {
      const { taskId } = await recordTask(store);
      const { lease } = await beginTask(store, taskId, shortLease);
      const scope = freshId("day");
      await store.budgets.reserve(lease, 4, [{ scope, limitUsd: 5 }]);
      await beginEventually(store, taskId);
      await hasBalance(store, scope, 0, 4);
    },
  },
  {
    name: "a run that settles its task without having spent gives its reservation back",
    check: async (store) => {
      const { lease } = await runningTask(store);
      const scope = freshId("day");
      await store.budgets.reserve(lease, 4, [{ scope, limitUsd: 5 }]);
      await store.tasks.settle(lease, { status: "queued", cause: "retry", reason: "git_failed", delayMs: 0 });
      await hasBalance(store, scope, 0, 0);
    },
  },
  {
    name: "a refused replacement leaves the old reservation",
    check: async (store) => {
      const { lease } = await runningTask(store);
      const limits = [{ scope: freshId("day"), limitUsd: 5 }];
      await store.budgets.reserve(lease, 4, limits);
      assert.deepEqual(await store.budgets.reserve(lease, 6, limits), {
        status: "refused",
        scope: limits[0]?.scope,
        availableUsd: 5,
      });
      await hasBalance(store, limits[0]?.scope ?? "", 4, 0);
    },
  },
  {
    name: "of 50 parallel reservations exactly as many are made as the limit allows",
    check: async (store) => {
      const limits = [
        { scope: freshId("repository"), limitUsd: 50 },
        { scope: freshId("day"), limitUsd: 2 },
      ];
      const leases = await Promise.all(Array.from({ length: 50 }, async () => (await runningTask(store)).lease));
      const results = await Promise.all(leases.map((lease) => store.budgets.reserve(lease, 0.1, limits)));
      assert.equal(results.filter(({ status }) => status === "reserved").length, 20);
      for (const { scope } of limits) await hasBalance(store, scope, 2, 0);
    },
  },
  {
    name: "more may be spent than was reserved, and settling twice spends once",
    check: async (store) => {
      const { lease } = await runningTask(store);
      const scope = freshId("day");
      await store.budgets.reserve(lease, 1, [{ scope, limitUsd: 1 }]);
      await store.budgets.settle(lease, 1.5);
      await store.budgets.settle(lease, 1.5);
      await hasBalance(store, scope, 0, 1.5);
      const other = await runningTask(store);
      const refused = await store.budgets.reserve(other.lease, 0.01, [{ scope, limitUsd: 1 }]);
      assert.equal(refused.status, "refused");
    },
  },
  {
    name: "spending of several runs of a task adds up",
    check: async (store) => {
      const { lease } = await runningTask(store);
      const scope = freshId("day");
      for (const spentUsd of [0.1, 0.2]) {
        await store.budgets.reserve(lease, 1, [{ scope, limitUsd: 10 }]);
        await store.budgets.settle(lease, spentUsd);
      }
      await hasBalance(store, scope, 0, 0.3);
    },
  },
  {
    name: "a recovered task that is cancelled still counts the reservation of its dead worker",
    check: async (store) => {
      const { taskId } = await recordTask(store);
      const { lease } = await beginTask(store, taskId, shortLease);
      const scope = freshId("day");
      await store.budgets.reserve(lease, 4, [{ scope, limitUsd: 5 }]);
      await recoverTask(store, taskId);
      assert.equal(await store.commands.requestStop(taskId, "stopped"), "cancelled");
      await hasBalance(store, scope, 0, 4);
    },
  },
  {
    name: "an unknown scope holds nothing",
    check: async (store) => await hasBalance(store, freshId("unknown"), 0, 0),
  },
  ...fenceClauses("reserve", ({ budgets }, lease) =>
    budgets.reserve(lease, 1, [{ scope: `task/${lease.taskId}`, limitUsd: 5 }]),
  ),
  ...fenceClauses("settle", ({ budgets }, lease) => budgets.settle(lease, 1)),
];

/** The contract of the port `BudgetLedger`; run it on a whole {@link Store}. */
export function budgetLedgerContract(options: ContractOptions<Store>): readonly ContractCase[] {
  return contractCases("budgets", options, clauses);
}
