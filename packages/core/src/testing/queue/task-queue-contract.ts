import type { ContractCase, ContractOptions } from "../contract.js";
import { contractCases } from "../contract-cases.js";
import { queueCommandClauses } from "./queue-command-clauses.js";
import { queueEntryClauses } from "./queue-entry-clauses.js";
import { queueLeaseClauses } from "./queue-lease-clauses.js";
import { queueLimitClauses } from "./queue-limit-clauses.js";
import { queueOrderClauses } from "./queue-order-clauses.js";
import { queueWaitingClauses } from "./queue-waiting-clauses.js";
import type { TaskQueueSubject } from "./task-queue-subject.js";

/**
 * The contract of the port `TaskQueue`. Each case needs an empty queue. Capabilities: `enqueue after complete` and `enqueue
 * after bury`, which a view of a store whose tasks end once lacks; `installation concurrency`.
 *
 * @example
 * const create = async () => {
 *   const queue = createMemoryQueue();
 *   const createLimited = (installationConcurrency: number) => createMemoryQueue({ installationConcurrency });
 *   return { subject: { queue, createLimited }, dispose: () => queue.close() };
 * };
 * for (const { name, run } of taskQueueContract({ create })) test(name, run);
 */
export function taskQueueContract(options: ContractOptions<TaskQueueSubject>): readonly ContractCase[] {
  return contractCases("queue", options, [
    ...queueOrderClauses,
    ...queueLeaseClauses,
    ...queueEntryClauses,
    ...queueWaitingClauses,
    ...queueCommandClauses,
    ...queueLimitClauses,
  ]);
}
