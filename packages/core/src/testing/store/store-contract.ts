import type { Store } from "../../ports/store.js";
import type { ContractCase, ContractOptions } from "../contract.js";
import { type ContractClause, contractCases } from "../contract-cases.js";
import { budgetLedgerContract } from "./budget-ledger-contract.js";
import { checkpointStoreContract } from "./checkpoint-store-contract.js";
import { commandStoreContract } from "./command-store-contract.js";
import { credentialStoreContract } from "./credential-store-contract.js";
import { effectLedgerContract } from "./effect-ledger-contract.js";
import { inboxContract } from "./inbox-contract.js";
import { installationStoreContract } from "./installation-store-contract.js";
import { outboxContract } from "./outbox-contract.js";
import { taskStoreContract } from "./task-store-contract.js";
import { threadStoreContract } from "./thread-store-contract.js";
import { transcriptContract } from "./transcript-contract.js";

const healthClauses: readonly ContractClause<Store>[] = [
  {
    name: "a store that answers is healthy",
    check: async ({ health }) => await health.ping({ signal: new AbortController().signal }),
  },
];

/**
 * The contracts of all ports of a {@link Store}. The cases use fresh ids throughout, so that one database may serve all of
 * them, one after the other; leases are real and short, by the store's own clock.
 *
 * @example
 * for (const { name, run } of storeContract({ create: async () => ({ subject: createMemoryStore(), dispose: async () => {} }) }))
 *   test(name, run);
 */
export function storeContract(options: ContractOptions<Store>): readonly ContractCase[] {
  return [
    ...inboxContract(options),
    ...taskStoreContract(options),
    ...outboxContract(options),
    ...threadStoreContract(options),
    ...effectLedgerContract(options),
    ...transcriptContract(options),
    ...checkpointStoreContract(options),
    ...budgetLedgerContract(options),
    ...installationStoreContract(options),
    ...credentialStoreContract(options),
    ...commandStoreContract(options),
    ...contractCases("health", options, healthClauses),
  ];
}
