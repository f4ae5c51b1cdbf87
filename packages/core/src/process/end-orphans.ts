import { addDescendants, endProcesses } from "./end-process-tree.js";
import { isRunnerDead, readTaggedProcesses } from "./process-table.js";

/** The output of an orphan is lost anyway, so it gets less time to end than a run that is stopped. */
const orphanGraceMs = 1000;

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
  const orphans = new Set<number>();
  await Promise.all(
    processes.map(async ({ pid, tag }) => {
      if (tag !== null && (await isRunnerDead(tag))) orphans.add(pid);
    }),
  );
  addDescendants(orphans, processes);
  return orphans;
}
