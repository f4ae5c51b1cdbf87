import type { Store } from "../../ports/store.js";
import type { ContractCase, ContractOptions } from "../contract.js";
import { contractCases } from "../contract-cases.js";
import { taskBeginClauses } from "./task-begin-clauses.js";
import { taskHoldClauses } from "./task-hold-clauses.js";
import { taskReopenClauses } from "./task-reopen-clauses.js";
import { taskSearchClauses } from "./task-search-clauses.js";
import { taskSettleClauses } from "./task-settle-clauses.js";

/** The contract of the port `TaskStore`; run it on a whole {@link Store}. */
export function taskStoreContract(options: ContractOptions<Store>): readonly ContractCase[] {
  return contractCases("tasks", options, [
    ...taskBeginClauses,
    ...taskHoldClauses,
    ...taskSettleClauses,
    ...taskReopenClauses,
    ...taskSearchClauses,
  ]);
}
