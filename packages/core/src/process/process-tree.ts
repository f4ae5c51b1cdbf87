import type { ProcessRow } from "./process-table.js";
import { readTaggedProcesses, type TaggedProcess } from "./read-tagged-processes.js";
import { sendSignal } from "./send-signal.js";

/** A child process and the mark by which all that came of it is known. */
export interface ProcessTree {
  /** The child: it leads a group and a session of this id. */
  readonly pid: number;
  /** The `AGENTBOT_PROCESS` that the child and its descendants have in their environment. */
  readonly tag: string;
}

/**
 * The living processes of a tree, the child included: its group, its session, whoever carries its tag and all their
 * children. So a descendant is found that made a session of its own and whose parent is gone. One that also wiped its
 * environment is not: that takes a sandbox with a PID namespace. Null where processes can't be listed.
 */
export async function findProcessTree({ pid, tag }: ProcessTree): Promise<ReadonlySet<number> | null> {
  const processes = await readTaggedProcesses();
  if (processes === null) return null;
  const isOfTree = (row: TaggedProcess): boolean => row.groupId === pid || row.sessionId === pid || row.tag === tag;
  const members = new Set(processes.filter(isOfTree).map((row) => row.pid));
  addDescendants(members, processes);
  return members;
}

/** Sends a signal to each process of a tree; where processes can't be listed, to its group. */
export async function signalProcessTree(tree: ProcessTree, name: NodeJS.Signals): Promise<void> {
  const members = await findProcessTree(tree);
  for (const target of members ?? [-tree.pid]) sendSignal(target, name);
}

/** Adds to the members whoever came of them, as far as the chain of parents is whole. */
export function addDescendants(members: Set<number>, rows: readonly ProcessRow[]): void {
  for (let sizeBefore = -1; sizeBefore !== members.size; ) {
    sizeBefore = members.size;
    for (const row of rows) if (members.has(row.parentPid)) members.add(row.pid);
  }
}
