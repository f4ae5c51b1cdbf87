import assert from "node:assert/strict";
import type { Clock } from "../ports/clock.js";
import type { ContractCase, ContractOptions } from "./contract.js";
import { type ContractClause, contractCases } from "./contract-cases.js";

const clauses: readonly ContractClause<Clock>[] = [
  {
    name: "now is a date of its own at each call",
    check: async (clock) => {
      const before = clock.now();
      const year = before.getFullYear();
      before.setFullYear(1999);
      assert.equal(clock.now().getFullYear(), year);
    },
  },
  {
    name: "sleeping takes its time",
    check: async (clock) => {
      const before = clock.now().getTime();
      await clock.sleep(30);
      // Timers count by another clock than the date: a millisecond of difference is accepted.
      assert.ok(clock.now().getTime() - before >= 29);
    },
  },
  {
    name: "monotonic time counts sleep",
    check: async (clock) => {
      const before = clock.monotonicMs();
      assert.equal(typeof before, "number");
      await clock.sleep(30);
      assert.ok(clock.monotonicMs() - before >= 29);
    },
  },
  {
    name: "sleepers wake in the order of their times",
    check: async (clock) => {
      const woken: number[] = [];
      const sleepFor = async (durationMs: number): Promise<void> => {
        await clock.sleep(durationMs);
        woken.push(durationMs);
      };
      await Promise.all([120, 10, 60].map(sleepFor));
      assert.deepEqual(woken, [10, 60, 120]);
    },
  },
  {
    name: "an abort ends a sleep early and without an error, before or during it",
    check: async (clock) => {
      const abort = new AbortController();
      const sleeping = clock.sleep(600_000, abort.signal);
      abort.abort();
      await sleeping;
      await clock.sleep(600_000, abort.signal);
    },
  },
  {
    name: "no time at all, or less, is over at once",
    check: async (clock) => {
      await clock.sleep(0);
      await clock.sleep(-5);
    },
  },
];

/** The contract of the port `Clock`. A manual clock must be moved while the cases run. */
export function clockContract(options: ContractOptions<Clock>): readonly ContractCase[] {
  return contractCases("clock", options, clauses);
}
