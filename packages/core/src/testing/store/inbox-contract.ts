import type { Store } from "../../ports/store.js";
import type { ContractCase, ContractOptions } from "../contract.js";
import { contractCases } from "../contract-cases.js";
import { inboxCommandClauses } from "./inbox-command-clauses.js";
import { inboxDedupeClauses } from "./inbox-dedupe-clauses.js";
import { inboxDeliveryClauses } from "./inbox-delivery-clauses.js";
import { inboxInstallationClauses } from "./inbox-installation-clauses.js";
import { inboxListClauses } from "./inbox-list-clauses.js";
import { inboxPruneClauses } from "./inbox-prune-clauses.js";
import { inboxStorableClauses } from "./inbox-storable-clauses.js";
import { inboxThreadClauses } from "./inbox-thread-clauses.js";
import { inboxWithdrawalClauses } from "./inbox-withdrawal-clauses.js";

/** The contract of the port `Inbox`; run it on a whole {@link Store}. */
export function inboxContract(options: ContractOptions<Store>): readonly ContractCase[] {
  return contractCases("inbox", options, [
    ...inboxDeliveryClauses,
    ...inboxDedupeClauses,
    ...inboxThreadClauses,
    ...inboxInstallationClauses,
    ...inboxWithdrawalClauses,
    ...inboxCommandClauses,
    ...inboxListClauses,
    ...inboxPruneClauses,
    ...inboxStorableClauses,
  ]);
}
