import type { BudgetLedger } from "../../ports/budget-ledger.js";
import type { Lease } from "../../task/lease.js";

/**
 * What a run owes the budget. To give a task up gives back what was reserved for it, so whatever the agent has cost must be
 * on the books before: also where the first try to put it there failed, and where nobody knows what it cost.
 */
export interface RunBooks {
  /** The run owes so much from now on, in US dollars: all the agent was given while it runs, then what it has cost. */
  owe(amountUsd: number): void;
  /** Puts what is owed on the books; does nothing where nothing is. */
  settle(): Promise<void>;
}

/** Makes the {@link RunBooks} of one run. */
export function createRunBooks(budgets: BudgetLedger, lease: Lease): RunBooks {
  let owedUsd: number | null = null;
  return {
    owe(amountUsd) {
      owedUsd = amountUsd;
    },
    async settle() {
      if (owedUsd === null) return;
      await budgets.settle(lease, owedUsd);
      owedUsd = null;
    },
  };
}
