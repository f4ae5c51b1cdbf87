import { sleep } from "../lifecycle/system-clock.js";
import { isRunnerDead, type ProcessRow, readTaggedProcesses, type TaggedProcess } from "./process-table.js";

const firstPollMs = 5;
const maxPollMs = 100;
/** Maximum wait for a SIGKILL to take effect: a process in an uninterruptible wait can't be killed. */
const killWaitMs = 10_000;
/** The output of an orphan is lost anyway, so it gets less time to end than a run that is stopped. */
const orphanGraceMs = 1000;

/** A child process and the tag that identifies its descendants. */
export interface ProcessTree {
  /** The child: it leads a group and a session of this id. */
  readonly pid: number;
  /** The `AGENTBOT_PROCESS` that the child and its descendants have in their environment. */
  readonly tag: string;
}

/** Sends a signal to a target of kill(2): a negative one is a whole group. Returns false if it is gone or not ours. */
export function sendSignal(target: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(target, signal);
  } catch {
    return false;
  }
}

/** Sends a signal to each process of a tree; where processes can't be listed, to its group. */
export async function signalProcessTree(tree: ProcessTree, name: NodeJS.Signals): Promise<void> {
  const members = await findProcessTree(tree);
  for (const target of members ?? [-tree.pid]) sendSignal(target, name);
}

/** Ends what is left of a tree as {@link endProcesses} does; where processes can't be listed, its group. */
export async function endProcessTree(tree: ProcessTree, graceMs: number): Promise<void> {
  await endProcesses(async () => {
    const members = await findProcessTree(tree);
    return members ?? new Set(sendSignal(-tree.pid, 0) ? [-tree.pid] : []);
  }, graceMs);
}

/**
 * Ends every process that `runProcess` started in a process that is dead by now: a SIGKILL to a worker does not reach
 * its agent, which would go on to spend and to write into the next attempt's work tree. Processes of living runners,
 * of other users and of other PID namespaces are never touched. Resolves when the orphans are gone.
 *
 * Only on Linux: elsewhere processes and their environments can't be listed, and nothing is ended.
 */
export async function endOrphans(): Promise<void> {
  await endProcesses(findOrphans, orphanGraceMs);
}

async function findOrphans(): Promise<ReadonlySet<number>> {
  const processes = (await readTaggedProcesses()) ?? [];
  const orphans = new Set(processes.filter(({ tag }) => tag !== null && isRunnerDead(tag)).map(({ pid }) => pid));
  addDescendants(orphans, processes);
  return orphans;
}

/**
 * Ends every target that `find` returns (as kill(2) takes it: a negative one is a group): SIGTERM to each, and after
 * `graceMs` SIGKILL, repeated until none is left, since a process may fork between the listing and the signal.
 */
async function endProcesses(find: () => Promise<ReadonlySet<number>>, graceMs: number): Promise<void> {
  const isGone = await signalUntilGone(find, "SIGTERM", graceMs);
  if (!isGone) await signalUntilGone(find, "SIGKILL", killWaitMs);
}

async function signalUntilGone(
  find: () => Promise<ReadonlySet<number>>,
  signal: "SIGTERM" | "SIGKILL",
  limitMs: number,
): Promise<boolean> {
  const deadlineMs = performance.now() + limitMs;
  const signalled = new Set<number>();
  for (let waitMs = firstPollMs; ; waitMs = Math.min(waitMs * 2, maxPollMs)) {
    const targets = await find();
    if (targets.size === 0) return true;
    for (const target of targets) {
      // Many programs take a second SIGTERM as the order to skip their clean-up.
      if (signal === "SIGTERM" && signalled.has(target)) continue;
      signalled.add(target);
      sendSignal(target, signal);
    }
    const leftMs = deadlineMs - performance.now();
    if (leftMs <= 0) return false;
    await sleep(Math.min(waitMs, leftMs));
  }
}

/**
 * Returns the living processes of a tree, the child included: its group, its session, every process with its tag and
 * the children of all these. That includes a descendant with a session of its own whose parent is gone, but not one
 * that also cleared its environment: only a sandbox with a PID namespace holds that. Null where processes can't be
 * listed.
 */
async function findProcessTree({ pid, tag }: ProcessTree): Promise<ReadonlySet<number> | null> {
  const processes = await readTaggedProcesses();
  if (processes === null) return null;
  const isOfTree = (row: TaggedProcess): boolean => row.groupId === pid || row.sessionId === pid || row.tag === tag;
  const members = new Set(processes.filter(isOfTree).map((row) => row.pid));
  addDescendants(members, processes);
  return members;
}

/** Adds the descendants of the members, as far as the chain of parents is unbroken. */
function addDescendants(members: Set<number>, rows: readonly ProcessRow[]): void {
  for (let sizeBefore = -1; sizeBefore !== members.size; ) {
    sizeBefore = members.size;
    for (const row of rows) if (members.has(row.parentPid)) members.add(row.pid);
  }
}
