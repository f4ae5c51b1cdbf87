import type { BudgetLedger } from "../../ports/budget-ledger.js";
import type { Lease } from "../../task/lease.js";

/**
 * What a run owes the budget ledger. Settling a task gives back what was reserved for it, so its spending must be committed
 * before: also if the first try to commit failed, and if the cost of an interrupted run is unknown.
 */
export interface RunSpending {
  /** Replaces the amount that is owed, in US dollars: the whole budget while the agent runs, then its cost. */
  set(amountUsd: number): void;
  /** Records the amount in the ledger; does nothing if none was set since the last commit. */
  commit(): Promise<void>;
}

/** The spending of the run that holds this lease. */
export function createRunSpending(budgets: BudgetLedger, lease: Lease): RunSpending {
  let owedUsd: number | null = null;
  return {
    set(amountUsd) {
      owedUsd = amountUsd;
    },
    async commit() {
      if (owedUsd === null) return;
      await budgets.settle(lease, owedUsd);
      owedUsd = null;
    },
  };
}
