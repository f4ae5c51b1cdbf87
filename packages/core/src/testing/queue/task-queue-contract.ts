import type { ContractCase, ContractOptions } from "../contract.js";
import { contractCases } from "../contract-cases.js";
import { queueEntryClauses } from "./queue-entry-clauses.js";
import { queueLeaseClauses } from "./queue-lease-clauses.js";
import { queueOrderClauses } from "./queue-order-clauses.js";
import { queueWaitingClauses } from "./queue-waiting-clauses.js";
import type { TaskQueueSubject } from "./task-queue-subject.js";

/**
 * What the port `TaskQueue` promises. Each case needs a queue with nothing in it. May be lacked: `enqueue after
 * complete`, where the queue is a view of a store whose tasks end once.
 *
 * @example
 * const create = async () => {
 *   const queue = createMemoryQueue();
 *   return { subject: { queue }, dispose: () => queue.close() };
 * };
 * for (const { name, run } of taskQueueContract({ create })) test(name, run);
 */
export function taskQueueContract(options: ContractOptions<TaskQueueSubject>): readonly ContractCase[] {
  return contractCases("queue", options, [
    ...queueOrderClauses,
    ...queueLeaseClauses,
    ...queueEntryClauses,
    ...queueWaitingClauses,
  ]);
}
