import { type ProcessRow, readEnvironmentEntry, readProcessTable } from "./process-table.js";
import { processTagName } from "./process-tag.js";
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
  const rows = await readProcessTable();
  if (rows === null) return null;
  const members = new Set<number>();
  const others: ProcessRow[] = [];
  for (const row of rows) {
    if (row.pid === process.pid) continue;
    if (row.groupId === pid || row.sessionId === pid) members.add(row.pid);
    else others.push(row);
  }
  const tags = await Promise.all(others.map((row) => readEnvironmentEntry(row.pid, processTagName)));
  others.forEach((row, index) => {
    if (tags[index] === tag) members.add(row.pid);
  });
  addDescendants(members, others);
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
