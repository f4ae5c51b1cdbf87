import type { QueueEntry } from "../../ports/task-queue.js";
import { createIndexedHeap, type IndexedHeap } from "./indexed-heap.js";
import { type QueueRecord, ranksBefore } from "./queue-record.js";

/** Waiting entries at the head of their lane, in the order in which they are claimed. */
export interface ReadyEntries {
  push(record: QueueRecord): void;
  /** Returns the first entry, of this kind if one is given, whose installation is below its limit; it stays in place. */
  peek(kind?: QueueEntry["kind"]): QueueRecord | undefined;
  /** Takes an entry out; harmless if it is not there. */
  remove(record: QueueRecord): void;
  /** Counts a claimed entry against its installation's limit. */
  countClaimed(record: QueueRecord): void;
  /** Ends the count of an entry that is claimed no longer. */
  countReleased(record: QueueRecord): void;
}

/** The tasks of one installation: those claimed, and those that its limit holds back. */
interface Tenant {
  claimedCount: number;
  readonly heldBack: IndexedHeap<QueueRecord>;
}

/**
 * Creates empty {@link ReadyEntries}. An entry that its installation's limit holds back leaves the common heap until an
 * entry of the installation leaves, so that it costs the others nothing.
 */
export function createReadyEntries(installationConcurrency: number): ReadyEntries {
  const tasks = createIndexedHeap(ranksBefore);
  const commands = createIndexedHeap(ranksBefore);
  const tenants = new Map<string, Tenant>();
  const isLimited = ({ entry }: QueueRecord): boolean =>
    entry.kind === "task" && installationConcurrency !== Number.POSITIVE_INFINITY;

  const tenantOf = ({ entry: { installationId } }: QueueRecord): Tenant => {
    const known = tenants.get(installationId) ?? { claimedCount: 0, heldBack: createIndexedHeap(ranksBefore) };
    tenants.set(installationId, known);
    return known;
  };

  /** Returns the next entry to the common heap if the limit allows one more. */
  const letNextOne = ({ entry: { installationId } }: QueueRecord): void => {
    const tenant = tenants.get(installationId);
    if (!tenant || tenant.claimedCount >= installationConcurrency) return;
    const next = tenant.heldBack.peek();
    if (next) {
      tenant.heldBack.remove(next);
      tasks.push(next);
    } else if (tenant.claimedCount === 0) tenants.delete(installationId);
  };

  const firstTask = (): QueueRecord | undefined => {
    for (let first = tasks.peek(); first; first = tasks.peek()) {
      if (!isLimited(first)) return first;
      const tenant = tenantOf(first);
      if (tenant.claimedCount < installationConcurrency) return first;
      tasks.remove(first);
      tenant.heldBack.push(first);
    }
    return undefined;
  };

  const heapOf = ({ entry }: QueueRecord): IndexedHeap<QueueRecord> => (entry.kind === "task" ? tasks : commands);

  return {
    push(record) {
      heapOf(record).push(record);
    },
    peek(kind) {
      const task = kind === "command" ? undefined : firstTask();
      const command = kind === "task" ? undefined : commands.peek();
      return task && command ? (ranksBefore(task, command) ? task : command) : (task ?? command);
    },
    remove(record) {
      heapOf(record).remove(record);
      if (!isLimited(record)) return;
      tenants.get(record.entry.installationId)?.heldBack.remove(record);
      letNextOne(record);
    },
    countClaimed(record) {
      if (isLimited(record)) tenantOf(record).claimedCount += 1;
    },
    countReleased(record) {
      if (!isLimited(record)) return;
      tenantOf(record).claimedCount -= 1;
      letNextOne(record);
    },
  };
}
